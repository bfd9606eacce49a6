#![doc = include_str!("../README.md")]

pub mod folder;
pub mod genesis;
pub mod keys;
pub mod merchants;

pub mod codes;

pub mod apart;
pub mod cards;
pub mod certificates;
pub mod city;
pub mod keeping;
pub mod node;
pub mod parties;
pub mod recovery;
pub mod remote;
pub mod rolls;
pub mod rules;
pub mod stranger;
pub mod voting;

pub mod admin;
pub mod neighbours;
pub mod plans;

pub mod in_process;
pub mod lying;

pub mod torture;

pub mod narrator;
mod typeset;

pub mod audited;
pub mod cli;
pub mod failure;
pub mod story;
