"""Does what a test asks with joserfc: a list of questions in JSON on standard input, a list of answers on standard output."""

import json
import sys

from joserfc import jwe, jws
from joserfc.jwk import ECKey, OKPKey, import_key

ENCRYPTIONS = ["ECDH-ES", "A128GCM", "A256GCM"]
SIGNATURES = ["ES256", "EdDSA", "Ed25519"]


def verify(question):
    token = jws.deserialize_compact(question["token"], import_key(question["key"]), algorithms=SIGNATURES)
    return {"header": token.headers(), "claims": json.loads(token.payload)}


def sign(question):
    key = ECKey.generate_key("P-256") if question["alg"] == "ES256" else OKPKey.generate_key("Ed25519")
    header = {"alg": question["alg"], "typ": question["typ"]}
    payload = json.dumps(question["claims"], ensure_ascii=False).encode()
    token = jws.serialize_compact(header, payload, key, algorithms=SIGNATURES)
    return {"token": token, "private": key.as_dict(private=True), "public": key.as_dict(private=False)}


def thumbprint(question):
    return {"thumbprint": import_key(question["key"]).thumbprint()}


def encrypt(question):
    header = {"alg": "ECDH-ES", **question["header"]}
    key = import_key(question["key"])
    return {"token": jwe.encrypt_compact(header, question["plaintext"].encode(), key, algorithms=ENCRYPTIONS)}


def decrypt(question):
    opened = jwe.decrypt_compact(question["token"], import_key(question["private"]), algorithms=ENCRYPTIONS)
    return {"header": opened.headers(), "plaintext": opened.plaintext.decode()}


def answer(question):
    act = {"verify": verify, "sign": sign, "thumbprint": thumbprint, "encrypt": encrypt, "decrypt": decrypt}
    try:
        return act[question["do"]](question)
    except Exception as error:  # what the library refuses, it says in many ways
        return {"refused": f"{type(error).__name__}: {error}"}


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
