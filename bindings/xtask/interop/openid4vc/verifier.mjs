// Their verifier: a signed request with a certificate, DCQL, an encrypted answer.

import { createHash } from "node:crypto";
import { open } from "./door.mjs";
import { say } from "./lines.mjs";
import { Keys, callbacks, issuerKeyOf, sdJwt } from "./keys.mjs";
import { dcql, oauth2, openid4vp } from "./packages.mjs";

/** By which it says who it is: the digest of its certificate, or a host that this names. */
const named = (prefix, host, x5c) =>
  prefix === "x509_hash"
    ? `x509_hash:${createHash("sha256").update(Buffer.from(x5c[0], "base64")).digest("base64url")}`
    : `x509_san_dns:${host}`;

// Who issued what it is shown it knows by `issuerKey`, or asks at that one of `issuers` whose word it says it is.
export const ask = async ({ http, host, prefix, x5c, key, query, issuerKey, issuers, transactionData, mode }) => {
  const { origin = `https://${host}`, serve, fetch } = await open(http);
  const keys = new Keys();
  await keys.add(key);
  const encryption = { ...(await keys.generate("ECDH-ES")), use: "enc", alg: "ECDH-ES", kid: "1" };
  const known = callbacks(keys, { clientAuthentication: oauth2.clientAuthenticationNone({ clientId: host }) });
  const verifier = new openid4vp.Openid4vpVerifier({ callbacks: known });
  const nonce = "a-nonce-of-theirs-that-is-long-enough";
  const encrypted = { jwks: { keys: [encryption] }, encrypted_response_enc_values_supported: ["A256GCM"] };
  const made = await verifier.createOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: {
      response_type: "vp_token",
      client_id: named(prefix, host, x5c),
      response_mode: mode,
      response_uri: `${origin}/response`,
      nonce,
      state: "a-state-of-theirs",
      dcql_query: query,
      transaction_data: transactionData?.map((data) => Buffer.from(JSON.stringify(data)).toString("base64url")),
      client_metadata: {
        vp_formats_supported: { "dc+sd-jwt": { "sd-jwt_alg_values": ["ES256", "EdDSA"], "kb-jwt_alg_values": ["ES256"] } },
        ...(mode === "direct_post.jwt" ? encrypted : {}),
      },
    },
    jar: {
      requestUri: `${origin}/request/1`,
      jwtSigner: { method: "x5c", alg: "ES256", x5c },
      expiresInSeconds: 300,
      additionalJwtPayload: { aud: "https://self-issued.me/v2" },
    },
  });
  say({ link: made.authorizationRequest });

  const verified = {};
  const asked = [];
  const take = async (body) => {
    const { authorizationRequestPayload } = made;
    const response = await verifier.parseOpenid4vpAuthorizationResponse({
      authorizationResponse: Object.fromEntries(new URLSearchParams(body)),
      authorizationRequestPayload,
      callbacks: known,
    });
    const { presentations } = response.dcql;
    const presented = {};
    for (const [id, tokens] of Object.entries(presentations)) {
      const token = tokens[0];
      const issuer = issuerKey ?? (await issuerKeyOf(token, issuers, fetch));
      const result = await sdJwt({ issuer }).verify(token, { keyBindingNonce: nonce });
      const { aud, iat } = result.kb.payload;
      if (aud !== authorizationRequestPayload.client_id) throw new Error(`for another: ${aud}`);
      if (Math.abs(Date.now() / 1000 - iat) > 300) throw new Error("not of now");
      const { payload } = result;
      verified[id] = { claims: payload, binding: result.kb.payload };
      presented[id] = [
        { credential_format: "dc+sd-jwt", vct: payload.vct, claims: payload, cryptographic_holder_binding: true },
      ];
    }
    const parsed = dcql.DcqlQuery.parse(query);
    dcql.DcqlQuery.validate(parsed);
    const result = dcql.DcqlPresentationResult.fromDcqlPresentation(presented, { dcqlQuery: parsed });
    if (!result.can_be_satisfied) throw new Error(`not what was asked for: ${JSON.stringify(result)}`);
    if (transactionData) await isAuthorised(verifier, authorizationRequestPayload, verified);
    return { content: {} };
  };

  const answer = async (request) => {
    asked.push(request.path);
    if (request.path !== "/request/1") return take(request.body);
    return { type: "application/oauth-authz-req+jwt", content: made.jar.authorizationRequestJwt };
  };
  await serve(answer);
  say({ verified, asked });
};

/** The key that bound a presentation signed the hash of each transaction. */
const isAuthorised = (verifier, { transaction_data }, verified) => {
  const credentials = Object.entries(verified).map(([id, { binding }]) => {
    const { transaction_data_hashes, transaction_data_hashes_alg } = binding;
    return [id, [{ transaction_data_hashes, transaction_data_hashes_alg }]];
  });
  return verifier.verifyTransactionData({
    transactionData: transaction_data,
    credentials: Object.fromEntries(credentials),
  });
};
