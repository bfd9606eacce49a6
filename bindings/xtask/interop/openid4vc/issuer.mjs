// Their issuer, with its authorization server: a code in the offer or a sign-in, DPoP, nonces, a batch.

import { open } from "./door.mjs";
import { say } from "./lines.mjs";
import { Keys, callbacks, sdJwt } from "./keys.mjs";
import { oauth2, openid4vci } from "./packages.mjs";

const PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
const form = (body) => Object.fromEntries(new URLSearchParams(body));

// `party` has the key and the certificates that it publishes, and signs credentials, unless `signer` does.
export const issue = async ({ http, issuer: named, configuration, vct, claims, concealed, txCode, batch, party, signer }) => {
  const { origin, serve } = await open(http);
  const issuer = http ? `${origin}/card` : named;
  const keys = new Keys();
  const signing = { ...(await keys.generate()), kid: "tokens" };
  const own = { method: "jwk", alg: "ES256", publicJwk: signing, kid: "tokens" };
  const jwks = `${issuer}/jwks`;
  const known = callbacks(keys, {
    clientAuthentication: oauth2.clientAuthenticationNone({ clientId: "issuer" }),
    fetch: async (url) => (url.toString() === jwks ? Response.json({ keys: [signing] }) : new Response("", { status: 404 })),
  });
  const server = new oauth2.Oauth2AuthorizationServer({ callbacks: known });
  const resource = new oauth2.Oauth2ResourceServer({ callbacks: known });
  const credentials = new openid4vci.Openid4vciIssuer({ callbacks: known });
  const { pathname } = new URL(issuer);
  const published = party ?? { key: await keys.secret(signing) };
  const signs = signer ?? published;
  const { d: _, ...publicKey } = published.key;

  const serverMetadata = server.createAuthorizationServerMetadata({
    issuer,
    token_endpoint: `${issuer}/token`,
    authorization_endpoint: `${issuer}/authorize`,
    pushed_authorization_request_endpoint: `${issuer}/par`,
    jwks_uri: jwks,
    code_challenge_methods_supported: ["S256"],
    dpop_signing_alg_values_supported: ["ES256"],
    authorization_response_iss_parameter_supported: true,
    "pre-authorized_grant_anonymous_access_supported": true,
  });
  const credentialIssuer = credentials.createCredentialIssuerMetadata({
    credential_issuer: issuer,
    credential_endpoint: `${issuer}/credential`,
    nonce_endpoint: `${issuer}/nonce`,
    notification_endpoint: `${issuer}/notification`,
    batch_credential_issuance: { batch_size: batch },
    credential_configurations_supported: {
      [configuration]: {
        format: "dc+sd-jwt",
        vct,
        cryptographic_binding_methods_supported: ["jwk"],
        credential_signing_alg_values_supported: ["ES256"],
        proof_types_supported: { jwt: { proof_signing_alg_values_supported: ["ES256"] } },
      },
    },
  });
  const issuerMetadata = {
    originalDraftVersion: openid4vci.Openid4vciVersion.V1,
    credentialIssuer,
    authorizationServers: [serverMetadata],
    knownCredentialConfigurations: credentials.getKnownCredentialConfigurationsSupported(credentialIssuer),
  };
  const code = "code-of-the-offer";
  const tx_code = txCode && { input_mode: "numeric", length: txCode.length };
  const grants = txCode
    ? { [PRE_AUTHORIZED]: { "pre-authorized_code": code, tx_code } }
    : { authorization_code: { issuer_state: "of-the-offer" } };
  const { credentialOffer, credentialOfferObject } = await credentials.createCredentialOffer({
    issuerMetadata,
    credentialConfigurationIds: [configuration],
    credentialOfferUri: http && `${issuer}/offers/1`,
    grants,
  });
  say({ offer: credentialOffer, issuer, key: publicKey });

  const state = { nonces: new Set(), pushed: null, heard: [], asked: [] };

  const push = async (request) => {
    const parsed = await server.parsePushedAuthorizationRequest({ authorizationRequest: form(request.body), request });
    const { authorizationRequest, dpop } = parsed;
    await server.verifyPushedAuthorizationRequest({
      authorizationRequest,
      authorizationServerMetadata: serverMetadata,
      request,
      dpop: dpop && { ...dpop, required: false },
    });
    state.pushed = authorizationRequest;
    const { pushedAuthorizationResponse } = server.createPushedAuthorizationResponse({
      expiresInSeconds: 60,
      requestUri: "urn:ietf:params:oauth:request_uri:1",
    });
    return { status: 201, content: pushedAuthorizationResponse };
  };

  const token = async (request) => {
    const parsed = server.parseAccessTokenRequest({ accessTokenRequest: form(request.body), request });
    const { grant, accessTokenRequest, dpop, pkceCodeVerifier } = parsed;
    const asked = {
      accessTokenRequest,
      authorizationServerMetadata: serverMetadata,
      request,
      dpop: { jwt: dpop?.jwt, required: true, allowedSigningAlgs: ["ES256"] },
    };
    const verified =
      grant.grantType === PRE_AUTHORIZED
        ? await server.verifyPreAuthorizedCodeAccessTokenRequest({
            ...asked,
            grant,
            expectedPreAuthorizedCode: code,
            expectedTxCode: txCode,
          })
        : await server.verifyAuthorizationCodeAccessTokenRequest({
            ...asked,
            grant,
            expectedCode: "code-of-the-sign-in",
            pkce: {
              codeChallenge: state.pushed.code_challenge,
              codeChallengeMethod: state.pushed.code_challenge_method,
              codeVerifier: pkceCodeVerifier,
            },
          });
    const content = await server.createAccessTokenResponse({
      audience: issuer,
      authorizationServer: issuer,
      expiresInSeconds: 300,
      subject: "citizen",
      clientId: state.pushed?.client_id,
      signer: own,
      dpop: verified.dpop && { jwk: verified.dpop.jwk },
    });
    return { content };
  };

  const nonce = () => {
    const cNonce = `nonce-${state.nonces.size}`;
    state.nonces.add(cNonce);
    return { content: credentials.createNonceResponse({ cNonce, cNonceExpiresIn: 60 }) };
  };

  const verifyToken = (request) =>
    resource.verifyResourceRequest({
      authorizationServers: [serverMetadata],
      resourceServer: issuer,
      request,
      allowedAuthenticationSchemes: [oauth2.SupportedAuthenticationScheme.DPoP],
    });

  const credential = async (request) => {
    await verifyToken(request);
    const parsed = credentials.parseCredentialRequest({ issuerMetadata, credentialRequest: JSON.parse(request.body) });
    const expectedNonce = [...state.nonces].pop();
    const made = [];
    for (const jwt of parsed.proofs.jwt) {
      const { signer } = await credentials.verifyCredentialRequestJwtProof({ jwt, expectedNonce, issuerMetadata });
      const { kty, crv, x, y } = signer.publicJwk;
      const payload = { iss: issuer, vct, ...claims, cnf: { jwk: { kty, crv, x, y } } };
      const frame = concealed ?? { _sd: Object.keys(claims) };
      const header = { typ: "dc+sd-jwt", ...(signs.x5c && { x5c: signs.x5c }) };
      made.push({ credential: await sdJwt({ issuer: signs.key }).issue(payload, frame, { header }) });
    }
    const { credentialRequest } = parsed;
    const content = credentials.createCredentialResponse({
      credential: undefined,
      credentials: made,
      credentialRequest,
      notificationId: "notification-1",
    });
    return { content };
  };

  const notification = async (request) => {
    await verifyToken(request);
    state.heard.push(JSON.parse(request.body));
    return { status: 204 };
  };

  // What a browser does at the page, and where it is sent back to.
  const signedIn = (address) => {
    const { client_id, request_uri } = form(new URL(address).search);
    if (client_id !== state.pushed.client_id || !request_uri) throw new Error("another request");
    const query = new URLSearchParams({ code: "code-of-the-sign-in", state: state.pushed.state, iss: issuer });
    return `${state.pushed.redirect_uri}?${query}`;
  };

  const routes = {
    [`/.well-known/openid-credential-issuer${pathname}`]: () => ({ content: credentialIssuer }),
    [`/.well-known/oauth-authorization-server${pathname}`]: () => ({ content: serverMetadata }),
    [`/.well-known/jwt-vc-issuer${pathname}`]: () => ({
      content: { issuer, jwks: { keys: [{ ...publicKey, x5c: published.x5c }] } },
    }),
    [`${pathname}/offers/1`]: () => ({ content: credentialOfferObject }),
    [`${pathname}/authorize`]: ({ url }) => ({ status: 302, location: signedIn(url) }),
    [`${pathname}/jwks`]: () => ({ content: { keys: [signing] } }),
    [`${pathname}/par`]: push,
    [`${pathname}/token`]: token,
    [`${pathname}/nonce`]: nonce,
    [`${pathname}/credential`]: credential,
    [`${pathname}/notification`]: notification,
  };
  const answer = async (request) => {
    state.asked.push(request.path);
    try {
      return await (routes[request.path] ?? (() => ({ status: 404 })))(request);
    } catch (error) {
      if (!error.errorResponse && !error.wwwAuthenticateHeaders) throw error;
      return { status: error.errorResponse ? 400 : 401, content: error.errorResponse ?? { error: error.message } };
    }
  };
  let message = await serve(answer);
  while (message) {
    if (message.signIn) say({ back: signedIn(message.signIn) });
    else say({ heard: state.heard, asked: state.asked });
    message = await serve(answer);
  }
};
