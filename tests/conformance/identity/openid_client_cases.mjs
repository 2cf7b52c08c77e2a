// openid-client, unmodified: the same server through the higher-level certified client.

import assert from "node:assert/strict";
import * as client from "openid-client";
import { Browser } from "./browser.mjs";

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const INSECURE = { execute: [client.allowInsecureRequests] }; // http on loopback

export async function openidClientCases(setup) {
  const issuer = new URL(setup.issuer);
  const web = await client.discovery(issuer, setup.web.clientId, setup.web.secret, undefined, INSECURE);

  async function signIn({ par = false, check = {}, person = new Browser(setup.person), more = {} } = {}) {
    const verifier = client.randomPKCECodeVerifier();
    const [state, nonce] = [client.randomState(), client.randomNonce()];
    const parameters = {
      redirect_uri: setup.web.redirectUri, scope: setup.web.scope, audience: setup.web.audience, state, nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
      ...more,
    };
    const url = par
      ? await client.buildAuthorizationUrlWithPAR(web, parameters)
      : client.buildAuthorizationUrl(web, parameters);
    const back = await person.until(setup.web.redirectUri, url);
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
    return client.authorizationCodeGrant(web, back, { ...checks, ...check });
  }

  return {
    "code with PKCE, then refresh": async () => {
      const tokens = await signIn();
      assert.equal(tokens.claims().sub, setup.person.sub);
      const fresh = await client.refreshTokenGrant(web, tokens.refresh_token);
      assert.notEqual(fresh.access_token, tokens.access_token);
      await rejected(client.refreshTokenGrant(web, tokens.refresh_token), "invalid_grant");
    },
    "a nonce that is not the one of the request is refused by the client": async () => {
      await assert.rejects(signIn({ check: { expectedNonce: "another" } }), /unexpected JWT claim value/);
    },
    "pushed authorization request": async () => {
      assert.equal((await signIn({ par: true })).claims().sub, setup.person.sub);
    },
    "client credentials": async () => {
      const { clientId, secret, audience, scope } = setup.service;
      const service = await client.discovery(issuer, clientId, undefined, client.ClientSecretBasic(secret), INSECURE);
      const tokens = await client.clientCredentialsGrant(service, { audience, scope });
      assert.equal(tokens.scope, scope);
      await rejected(client.clientCredentialsGrant(service, { audience, scope: "openid" }), "invalid_scope");
    },
    "token exchange by genericGrantRequest": async () => {
      const { clientId, secret, audience } = setup.exchange;
      const exchange = await client.discovery(issuer, clientId, secret, undefined, INSECURE);
      const { access_token: subject } = await signIn();
      const parameters = { subject_token: subject, subject_token_type: ACCESS_TOKEN, audience };
      const tokens = await client.genericGrantRequest(exchange, TOKEN_EXCHANGE, parameters);
      assert.equal(tokens.issued_token_type, ACCESS_TOKEN);
      const forged = { ...parameters, subject_token: `${subject.slice(0, -8)}AAAAAAAA` };
      await rejected(client.genericGrantRequest(exchange, TOKEN_EXCHANGE, forged), "invalid_request");
    },
    "device authorization with the library's own polling": async () => {
      const device = await client.discovery(issuer, setup.device.clientId, undefined, client.None(), INSECURE);
      const { audience, scope } = setup.device;
      const started = await client.initiateDeviceAuthorization(device, { audience, scope });
      await new Browser(setup.person).confirm(started.verification_uri_complete ?? started.verification_uri, started.user_code);
      const tokens = await client.pollDeviceAuthorizationGrant(device, { ...started, interval: 1 });
      assert.ok(tokens.access_token);
    },
    "introspection and revocation": async () => {
      const tokens = await signIn();
      assert.equal((await client.tokenIntrospection(web, tokens.refresh_token)).active, true);
      await client.tokenRevocation(web, tokens.refresh_token);
      assert.equal((await client.tokenIntrospection(web, tokens.refresh_token)).active, false);
    },
    "the logout URL leads back to the registered page and ends the session": async () => {
      const person = new Browser(setup.person);
      const tokens = await signIn({ person });
      // Signed in, so that what is missing is the consent, which this client needs every time.
      await rejected(signIn({ person, more: { prompt: "none" } }), "consent_required");
      const url = client.buildEndSessionUrl(web, {
        id_token_hint: tokens.id_token, post_logout_redirect_uri: setup.web.postLogoutUri, state: "bye",
      });
      const back = await person.until(setup.web.postLogoutUri, url);
      assert.equal(back.searchParams.get("state"), "bye");
      await rejected(signIn({ person, more: { prompt: "none" } }), "login_required");
    },
    "dynamic registration": async () => {
      const registered = await client.dynamicClientRegistration(issuer, {
        client_name: "Registered by openid-client", redirect_uris: ["http://127.0.0.1:9/registered"],
        token_endpoint_auth_method: "none", grant_types: ["authorization_code"], response_types: ["code"],
      }, client.None(), INSECURE);
      assert.ok(registered.clientMetadata().client_id);
    },
  };
}

async function rejected(promise, code) {
  await assert.rejects(promise, (error) => {
    assert.equal(error.error, code, String(error));
    return true;
  });
}
