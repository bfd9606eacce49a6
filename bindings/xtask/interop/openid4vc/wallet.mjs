// Their wallet: it receives credentials and presents them.

import { outside } from "./door.mjs";
import { exchange, say } from "./lines.mjs";
import { Keys, callbacks, issuerKeyOf, sdJwt } from "./keys.mjs";
import { dcql, oauth2, openid4vci, openid4vp } from "./packages.mjs";

export const receive = async (asked) => {
  const { http, offer, clientId, redirectUri, txCode, copies, issuerKey, issuers, algorithm } = asked;
  const fetch = outside(http);
  const keys = new Keys();
  const clientAuthentication = txCode
    ? oauth2.clientAuthenticationAnonymous()
    : oauth2.clientAuthenticationNone({ clientId });
  const known = callbacks(keys, { clientAuthentication, fetch });
  const client = new openid4vci.Openid4vciClient({ callbacks: known });
  const credentialOffer = await client.resolveCredentialOffer(offer);
  const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
  const signer = { method: "jwk", alg: "ES256", publicJwk: await keys.generate() };
  const wanted = { credentialOffer, issuerMetadata, dpop: { signer } };
  const granted = txCode
    ? await client.retrievePreAuthorizedCodeAccessTokenFromOffer({ ...wanted, txCode })
    : await signIn(client, wanted, { known, clientId, redirectUri });
  const accessToken = granted.accessTokenResponse.access_token;
  let dpop = granted.dpop;
  const received = [];
  const held = [];
  for (const credentialConfigurationId of credentialOffer.credential_configuration_ids) {
    const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata });
    const proofs = [];
    for (let copy = 0; copy < copies; copy += 1) {
      const { jwt } = await client.createCredentialRequestJwtProof({
        issuerMetadata,
        credentialConfigurationId,
        nonce,
        issuedAt: new Date(),
        clientId: txCode ? undefined : clientId,
        signer: { method: "jwk", alg: "ES256", publicJwk: await keys.generate() },
      });
      proofs.push(jwt);
    }
    const request = { issuerMetadata, credentialConfigurationId, accessToken, proofs: { jwt: proofs }, dpop };
    const answer = granted.accessTokenResponse.authorization_details
      ? await retrieveByIdentifier(known, request)
      : await client.retrieveCredentials(request);
    dpop = answer.dpop ?? dpop;
    const { credentials, notification_id: notificationId } = answer.credentialResponse;
    for (const { credential } of credentials) {
      const issuer = issuerKey ?? (await issuerKeyOf(credential, issuers, fetch));
      const { payload } = await sdJwt({ issuer, algorithm }).verify(credential);
      const key = await keys.secret(payload.cnf.jwk);
      if (!key) throw new Error("bound to nobody's key");
      received.push(payload);
      held.push({ credential, key });
    }
    await client.sendNotification({
      issuerMetadata,
      notification: { notificationId, event: "credential_accepted" },
      accessToken,
      dpop,
    });
  }
  say({ received, held });
};

// A server that names identifiers of credentials wants them back (OpenID4VCI 1.0, 8.2). The client for issuance asks by the
// configuration all the same; so the request is its sibling's, which binds it to the key of the token.
const retrieveByIdentifier = async (known, { issuerMetadata, credentialConfigurationId, accessToken, proofs, dpop }) => {
  const answer = await oauth2.resourceRequest({
    callbacks: known,
    url: issuerMetadata.credentialIssuer.credential_endpoint,
    requestOptions: {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ credential_identifier: credentialConfigurationId, proofs }),
    },
    accessToken,
    dpop,
  });
  if (!answer.ok) throw new Error(`refused: ${await answer.response.text()}`);
  return { ...answer, credentialResponse: await answer.response.json() };
};

// By `Oauth2Client`: the client for issuance leaves `state` out.
const signIn = async (client, asked, { known, clientId, redirectUri }) => {
  const { credentialOffer, issuerMetadata, dpop } = asked;
  const state = "a-state-of-theirs";
  const authorizationServerMetadata = issuerMetadata.authorizationServers[0];
  const begun = await new oauth2.Oauth2Client({ callbacks: known }).createAuthorizationRequestUrl({
    authorizationServerMetadata,
    clientId,
    redirectUri,
    state,
    dpop,
    additionalRequestPayload: {
      authorization_details: credentialOffer.credential_configuration_ids.map((credential_configuration_id) => ({
        type: "openid_credential",
        credential_configuration_id,
      })),
    },
  });
  const { back } = await exchange({ browse: begun.authorizationRequestUrl });
  const answer = client.parseAndVerifyAuthorizationResponseRedirectUrl({ url: back, authorizationServerMetadata });
  if (answer.state !== state) throw new Error("another sign-in");
  return client.retrieveAuthorizationCodeAccessTokenFromOffer({
    credentialOffer,
    issuerMetadata,
    authorizationCode: answer.code,
    pkceCodeVerifier: begun.pkce?.codeVerifier,
    redirectUri,
    additionalRequestPayload: { client_id: clientId },
    dpop: begun.dpop,
  });
};

export const present = async ({ http, link, credential, key, frame }) => {
  const fetch = outside(http);
  const keys = new Keys();
  const known = callbacks(keys, { clientAuthentication: oauth2.clientAuthenticationAnonymous(), fetch });
  const client = new openid4vp.Openid4vpClient({ callbacks: known });
  const { params } = client.parseOpenid4vpAuthorizationRequest({ authorizationRequest: link });
  const { authorizationRequestPayload, client: verifier, dcql: asked } =
    await client.resolveOpenId4vpAuthorizationRequest({ authorizationRequestPayload: params });
  const query = dcql.DcqlQuery.parse(asked.query);
  dcql.DcqlQuery.validate(query);
  const holder = sdJwt({ holder: key });
  const claims = await holder.getClaims(credential);
  const matched = dcql.DcqlQuery.query(query, [
    { credential_format: "dc+sd-jwt", vct: claims.vct, claims, cryptographic_holder_binding: true },
  ]);
  if (!matched.can_be_satisfied) throw new Error(`cannot be answered: ${JSON.stringify(matched)}`);
  const token = await holder.present(credential, frame, {
    kb: {
      payload: {
        aud: authorizationRequestPayload.client_id,
        nonce: authorizationRequestPayload.nonce,
        iat: Math.floor(Date.now() / 1000),
      },
    },
  });
  const { response_mode, client_metadata } = authorizationRequestPayload;
  const encryption = {
    encryption: { nonce: "a-nonce-of-the-wallet" },
    serverMetadata: {
      authorization_signing_alg_values_supported: [],
      authorization_encryption_alg_values_supported: ["ECDH-ES"],
      authorization_encryption_enc_values_supported: ["A128GCM", "A256GCM"],
    },
  };
  const response = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload,
    clientMetadata: client_metadata,
    authorizationResponsePayload: { vp_token: { [query.credentials[0].id]: [token] } },
    jarm: response_mode === "direct_post.jwt" ? encryption : undefined,
  });
  const sent = await client.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload,
    authorizationResponsePayload: response.authorizationResponsePayload,
    jarm: response.jarm,
  });
  say({ presented: sent.response.status, to: verifier.clientMetadata?.client_name ?? null });
};
