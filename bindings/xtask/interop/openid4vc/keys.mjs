// Keys, and what the packages want done with them.

import { X509Certificate, createHash, randomBytes } from "node:crypto";
import { SDJwtInstance, jose } from "./packages.mjs";

const encoder = new TextEncoder();

/** Private keys, found by the public ones. */
export class Keys {
  #known = new Map();

  async add(jwk) {
    const { d, ...publicJwk } = jwk;
    this.#known.set(await jose.calculateJwkThumbprint(publicJwk), jwk);
    return publicJwk;
  }

  async generate(algorithm = "ES256") {
    const { privateKey } = await jose.generateKeyPair(algorithm, { extractable: true });
    return this.add(await jose.exportJWK(privateKey));
  }

  async secret(publicJwk) {
    const { kty, crv, x, y } = publicJwk;
    return this.#known.get(await jose.calculateJwkThumbprint({ kty, crv, x, y }));
  }
}

const certificate = (text) => new X509Certificate(Buffer.from(text, "base64"));

const publicKey = async (signer) =>
  signer.method === "x5c"
    ? jose.exportJWK(certificate(signer.x5c[0]).publicKey)
    : signer.publicJwk;

/** What `@openid4vc` asks of its host. */
export const callbacks = (keys, more) => ({
  hash: (data, algorithm) => createHash(algorithm.replace("-", "")).update(data).digest(),
  generateRandom: (bytes) => randomBytes(bytes),
  signJwt: async (signer, { header, payload }) => {
    const signerJwk = await publicKey(signer);
    const key = await jose.importJWK(await keys.secret(signerJwk), header.alg);
    return { jwt: await new jose.SignJWT(payload).setProtectedHeader(header).sign(key), signerJwk };
  },
  verifyJwt: async (signer, { compact, header }) => {
    const signerJwk = await publicKey(signer);
    try {
      await jose.compactVerify(compact, await jose.importJWK(signerJwk, header.alg));
      return { verified: true, signerJwk };
    } catch {
      return { verified: false };
    }
  },
  encryptJwe: async ({ publicJwk, alg, enc, apu, apv }, data) => {
    const bytes = (text) => (text === undefined ? undefined : jose.base64url.decode(text));
    const jwe = await new jose.CompactEncrypt(encoder.encode(data))
      .setProtectedHeader({ alg, enc, kid: publicJwk.kid })
      .setKeyManagementParameters({ apu: bytes(apu), apv: bytes(apv) })
      .encrypt(await jose.importJWK(publicJwk, alg));
    return { jwe, encryptionJwk: publicJwk };
  },
  decryptJwe: async (jwe, { jwk }) => {
    const key = await jose.importJWK(await keys.secret(jwk), "ECDH-ES");
    const { plaintext } = await jose.compactDecrypt(jwe, key);
    return { decrypted: true, decryptionJwk: jwk, payload: new TextDecoder().decode(plaintext) };
  },
  getX509CertificateMetadata: (text) => {
    const names = (certificate(text).subjectAltName ?? "").split(", ");
    const of = (kind) => names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
    return { sanDnsNames: of("DNS:"), sanUriNames: of("URI:") };
  },
  ...more,
});

const decoded = (part) => JSON.parse(new TextDecoder().decode(jose.base64url.decode(part)));

/** The key of a credential's issuer, as that publishes it (SD-JWT VC, "JWT VC Issuer Metadata"): under the certificate that the credential brings. */
export const issuerKeyOf = async (credential, issuers, fetch) => {
  const [header, payload] = credential.split(".").slice(0, 2).map(decoded);
  if (!issuers.includes(payload.iss)) throw new Error(`of nobody known: ${payload.iss}`);
  const { origin, pathname } = new URL(payload.iss);
  const said = await (await fetch(`${origin}/.well-known/jwt-vc-issuer${pathname}`)).json();
  const found = said.jwks.keys.find(({ x5c }) => x5c?.[0] === header.x5c[0]);
  if (said.issuer !== payload.iss || !found) throw new Error("by another certificate");
  const { kty, crv, x, y } = found;
  return { kty, crv, x, y };
};

const signature = async (jwk, algorithm, data) => {
  const [protectedHeader, payload] = data.split(".");
  const signed = await new jose.FlattenedSign(jose.base64url.decode(payload))
    .setProtectedHeader(decoded(protectedHeader))
    .sign(await jose.importJWK(jwk, algorithm));
  // The header's own spelling is what was asked to be signed.
  if (signed.protected !== protectedHeader) throw new Error("another header");
  return signed.signature;
};

const isSigned = async (jwk, data, sign) => {
  try {
    const header = decoded(data.split(".")[0]);
    await jose.compactVerify(`${data}.${sign}`, await jose.importJWK(jwk, header.alg));
    return true;
  } catch {
    return false;
  }
};

/** SD-JWT by `@sd-jwt/core`: signed by `issuer` or verified with it, bound by `holder` or by the key in the token. */
export const sdJwt = ({ issuer, holder, algorithm = "ES256" }) =>
  new SDJwtInstance({
    hasher: (data, name) => createHash(name.replace("-", "")).update(data).digest(),
    hashAlg: "sha-256",
    saltGenerator: (length) => randomBytes(length).toString("base64url"),
    signAlg: algorithm,
    signer: (data) => signature(issuer, algorithm, data),
    verifier: (data, sign) => isSigned(issuer, data, sign),
    kbSignAlg: "ES256",
    kbSigner: (data) => signature(holder, "ES256", data),
    kbVerifier: (data, sign, payload) => isSigned(payload.cnf.jwk, data, sign),
  });
