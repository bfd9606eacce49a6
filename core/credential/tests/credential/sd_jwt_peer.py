"""Does what a test asks with `sd-jwt` and `rfc8785`: a list of questions in JSON on standard input, a list of answers on standard output.

    specs    {folder}                                    tokens of theirs for every specification in the folder
    verify   {token, issuer_key, nonce, audience}        {claims} or {refused}
    present  {token, disclose, holder_key, nonce, audience}    {token}
    jcs      {seed, count}                               random documents: {document, canonical}
"""

import json
import logging
import random
import sys
from pathlib import Path

from jwcrypto.jwk import JWK

logging.disable(logging.CRITICAL)


def key(jwk):
    return JWK.from_json(json.dumps(jwk))


def public(jwk):
    return json.loads(key(jwk).export_public())


def split(value, path=()):
    """Claims without the marks of what is concealed, and the paths of that."""
    from sd_jwt.common import SDObj

    if isinstance(value, dict):
        claims, paths = {}, []
        for name, inner in value.items():
            plain = name.value if isinstance(name, SDObj) else name
            if isinstance(name, SDObj):
                paths.append([*path, plain])
            claims[plain], more = split(inner, (*path, plain))
            paths += more
        return claims, paths
    if isinstance(value, list):
        claims, paths = [], []
        for index, inner in enumerate(value):
            if isinstance(inner, SDObj):
                paths.append([*path, index])
                inner = inner.value
            inner, more = split(inner, (*path, index))
            claims.append(inner)
            paths += more
        return claims, paths
    return value, []


def specs(question):
    from sd_jwt.common import SDJWTCommon
    from sd_jwt.holder import SDJWTHolder
    from sd_jwt.issuer import SDJWTIssuer
    from sd_jwt.utils.yaml_specification import load_yaml_specification
    from sd_jwt.verifier import SDJWTVerifier
    import sd_jwt.holder
    import yaml

    folder = Path(question["folder"])
    made = []
    base = yaml.safe_load((folder / "settings.yml").read_text())
    # Tokens that are kept are made the same way every time.
    SDJWTCommon.unsafe_randomness = True
    sd_jwt.holder.time = lambda: base["iat"]
    for path in sorted(folder.glob("*/specification.yml")):
        random.seed(base["random_seed"])
        spec = load_yaml_specification(path)
        settings = {**base, **spec.get("settings_override", {})}
        keys = settings["key_settings"]
        claims = dict(spec["user_claims"])
        if spec.get("include_default_claims", True):
            claims = {"iss": base["identifiers"]["issuer"], "iat": base["iat"], "exp": base["exp"], **claims}
        form = spec.get("serialization_format", "compact")
        bound = bool(spec.get("key_binding"))
        issuer = SDJWTIssuer(
            claims,
            key(keys["issuer_keys"][0]),
            key(keys["holder_key"]) if bound else None,
            add_decoy_claims=bool(spec.get("add_decoy_claims")),
            serialization_format=form,
            extra_header_parameters=spec.get("extra_header_parameters", {}),
        )
        # Bound in the compact form, in which `sd_hash` is over the same text for both sides.
        compact = issuer.sd_jwt_issuance
        if form == "json":
            parts = json.loads(compact)
            compact = "~".join([f"{parts['protected']}.{parts['payload']}.{parts['signature']}", *parts["disclosures"], ""])
        nonce, audience = base["key_binding_nonce"], base["identifiers"]["verifier"]
        binding = (nonce, audience, key(keys["holder_key"])) if bound else ()
        holder = SDJWTHolder(compact)
        holder.create_presentation(spec["holder_disclosed_claims"], *binding)
        lookup = lambda *_: key(public(keys["issuer_keys"][0]))
        whole = SDJWTVerifier(compact, lookup).get_verified_payload()
        shown = SDJWTVerifier(holder.sd_jwt_presentation, lookup, *((audience, nonce) if bound else ()))
        plain, concealed = split(claims)
        made.append({
            "name": path.parent.name,
            "issuer_key": public(keys["issuer_keys"][0]),
            "holder_key": keys["holder_key"],
            "time": base["iat"],
            "nonce": nonce if bound else None,
            "audience": audience if bound else None,
            "plain": plain,
            "concealed": concealed,
            "disclose": spec["holder_disclosed_claims"],
            "issued": issuer.sd_jwt_issuance,
            "issued_claims": whole,
            "presented": holder.sd_jwt_presentation,
            "presented_claims": shown.get_verified_payload(),
        })
    return made


def verify(question):
    from sd_jwt.verifier import SDJWTVerifier

    token, form = question["token"], "compact"
    if token.startswith("{"):
        # Their JSON form is that of the drafts: what the RFC puts into the unprotected header stands beside it.
        parts, form = json.loads(token), "json"
        parts.update(parts.pop("header", {}))
        token = json.dumps(parts)
    binding = (question["audience"], question["nonce"]) if question.get("nonce") else ()
    try:
        verifier = SDJWTVerifier(token, lambda *_: key(question["issuer_key"]), *binding, serialization_format=form)
        return {"claims": verifier.get_verified_payload()}
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {error}"}


def present(question):
    from sd_jwt.holder import SDJWTHolder

    holder = SDJWTHolder(question["token"])
    binding = (question["nonce"], question["audience"], key(question["holder_key"])) if question.get("nonce") else ()
    holder.create_presentation(question["disclose"], *binding)
    return {"token": holder.sd_jwt_presentation}


def jcs(question):
    import struct
    import rfc8785

    random.seed(question["seed"])

    def double():
        while True:
            value = struct.unpack("<d", random.randbytes(8))[0]
            if value == value and abs(value) != float("inf"):
                return value

    def text():
        ranges = [(0, 0x1F), (0x20, 0x7E), (0x7F, 0xFF), (0xAC00, 0xD7A3), (0x1100, 0x11FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)]
        return "".join(chr(random.randint(*random.choice(ranges))) for _ in range(random.randint(0, 12)))

    def value(depth):
        kind = random.randint(0, 9 if depth < 4 else 6)
        if kind == 0:
            return random.choice([None, True, False])
        if kind == 1:
            return random.randint(-(2**53) + 1, 2**53 - 1)
        if kind == 2:
            return double()
        if kind == 3:
            return random.uniform(-1, 1) * 10 ** random.randint(-25, 25)
        if kind == 4:
            return float(random.randint(0, 2**64)) / 2 ** random.randint(0, 12)
        if kind in (5, 6):
            return text()
        if kind == 7:
            return [value(depth + 1) for _ in range(random.randint(0, 5))]
        return {text(): value(depth + 1) for _ in range(random.randint(0, 6))}

    made = []
    for _ in range(question["count"]):
        document = value(0)
        written = json.dumps(document, ensure_ascii=random.random() < 0.5, indent=random.choice([None, 1]))
        made.append({"document": written, "canonical": rfc8785.dumps(document).decode()})
    return made


if __name__ == "__main__":
    actions = {"specs": specs, "verify": verify, "present": present, "jcs": jcs}
    json.dump([actions[question["do"]](question) for question in json.load(sys.stdin)], sys.stdout)
