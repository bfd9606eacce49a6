#![doc = include_str!("../README.md")]

pub mod folder;
pub mod keys;
pub mod genesis;
pub mod merchants;

pub mod codes;

pub mod node;
pub mod parties;
pub mod remote;
pub mod city;
pub mod apart;
pub mod keeping;

pub mod in_process;
pub mod lying;

pub mod torture;

pub mod narrator;

pub mod story;
pub mod cli;
