// oauth4webapi, unmodified, against the server: every answer goes through the library's own checks.

import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { Browser } from "./browser.mjs";

const INSECURE = { [oauth.allowInsecureRequests]: true }; // http on loopback
const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

export async function oauth4webapiCases(setup) {
  const as = await discover(setup, "oidc");
  const client = { client_id: setup.web.clientId };
  const auth = oauth.ClientSecretBasic(setup.web.secret);

  async function authorize({ par = false, decision = "allow", change = {} } = {}) {
    const verifier = oauth.generateRandomCodeVerifier();
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    let parameters = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: setup.web.redirectUri,
      response_type: "code",
      scope: setup.web.scope,
      audience: setup.web.audience,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
      ...change,
    });
    if (par) {
      const answer = await oauth.pushedAuthorizationRequest(as, client, auth, parameters, INSECURE);
      const pushed = await oauth.processPushedAuthorizationResponse(as, client, answer);
      parameters = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri });
    }
    const url = new URL(as.authorization_endpoint);
    url.search = parameters.toString();
    const back = await new Browser(setup.person, decision).until(setup.web.redirectUri, url);
    return { back, verifier, state, nonce, url };
  }

  async function redeem({ back, verifier, state, nonce }, checks = {}) {
    const parameters = oauth.validateAuthResponse(as, client, back, state);
    const answer = await oauth.authorizationCodeGrantRequest(
      as, client, auth, parameters, setup.web.redirectUri, verifier, INSECURE,
    );
    const options = { expectedNonce: nonce, requireIdToken: true, ...checks };
    return oauth.processAuthorizationCodeResponse(as, client, answer, options);
  }

  async function refresh(token) {
    const answer = await oauth.refreshTokenGrantRequest(as, client, auth, token, INSECURE);
    return oauth.processRefreshTokenResponse(as, client, answer);
  }

  async function validated(accessToken, audience) {
    const request = new Request("http://resource.test/", { headers: { authorization: `Bearer ${accessToken}` } });
    return oauth.validateJwtAccessToken(as, request, audience, INSECURE);
  }

  async function clientCredentials(service, parameters, clientAuth) {
    const by = { client_id: service.clientId };
    const answer = await oauth.clientCredentialsGrantRequest(
      as, by, clientAuth ?? oauth.ClientSecretPost(service.secret), parameters, INSECURE,
    );
    return oauth.processClientCredentialsResponse(as, by, answer);
  }

  async function introspect(token) {
    const answer = await oauth.introspectionRequest(as, client, auth, token, INSECURE);
    return oauth.processIntrospectionResponse(as, client, answer);
  }

  async function revoke(token) {
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, token, INSECURE));
  }

  return {
    "discovery by OpenID Connect Discovery": async () => {
      assert.equal((await discover(setup, "oidc")).issuer, setup.issuer);
    },
    "discovery by RFC 8414": async () => {
      assert.deepEqual(await discover(setup, "oauth2"), as);
    },
    "every endpoint that this suite needs is advertised": async () => {
      for (const name of [
        "pushed_authorization_request_endpoint", "device_authorization_endpoint", "introspection_endpoint",
        "revocation_endpoint", "end_session_endpoint", "registration_endpoint", "userinfo_endpoint",
      ]) assert.ok(as[name], `${name} is not advertised`);
      assert.ok(as.token_endpoint_auth_methods_supported.includes("private_key_jwt"), "private_key_jwt");
      assert.deepEqual(as.code_challenge_methods_supported, ["S256"]);
      assert.equal(as.authorization_response_iss_parameter_supported, true);
    },
    "code with PKCE, state, nonce and iss; the ID token is checked against the published keys": async () => {
      const tokens = await redeem(await authorize());
      const claims = oauth.getValidatedIdTokenClaims(tokens);
      assert.equal(claims.sub, setup.person.sub);
      assert.equal(claims.iss, setup.issuer);
    },
    "the ID token's signature": async () => {
      const flow = await authorize();
      const parameters = oauth.validateAuthResponse(as, client, flow.back, flow.state);
      const answer = await oauth.authorizationCodeGrantRequest(
        as, client, auth, parameters, setup.web.redirectUri, flow.verifier, INSECURE,
      );
      await oauth.processAuthorizationCodeResponse(as, client, answer, { expectedNonce: flow.nonce });
      await oauth.validateApplicationLevelSignature(as, answer, INSECURE);
    },
    "a JWT access token as RFC 9068 wants it; for another audience it is refused": async () => {
      const { access_token: token } = await redeem(await authorize());
      const claims = await validated(token, setup.web.audience);
      assert.equal(claims.sub, setup.person.sub);
      assert.equal(claims.client_id, client.client_id);
      await assert.rejects(validated(token, "another-audience"));
    },
    "an ID token is no access token": async () => {
      const { id_token: token } = await redeem(await authorize());
      await assert.rejects(validated(token, client.client_id));
    },
    "a wrong state, a wrong iss and a missing iss are refused by the client": async () => {
      const { back, state } = await authorize();
      assert.throws(() => oauth.validateAuthResponse(as, client, back, "another-state"));
      const [wrong, missing] = [new URL(back), new URL(back)];
      wrong.searchParams.set("iss", "https://attacker.example");
      missing.searchParams.delete("iss");
      assert.throws(() => oauth.validateAuthResponse(as, client, wrong, state), /iss/);
      assert.throws(() => oauth.validateAuthResponse(as, client, missing, state), /iss/);
      assert.ok(oauth.validateAuthResponse(as, client, back, state).get("code"));
    },
    "a person who refuses: access_denied with iss and state": async () => {
      const { back, state } = await authorize({ decision: "deny", change: { prompt: "consent" } });
      assert.throws(
        () => oauth.validateAuthResponse(as, client, back, state),
        (error) => error instanceof oauth.AuthorizationResponseError && error.error === "access_denied",
      );
    },
    "a wrong verifier and a code used twice: invalid_grant": async () => {
      const flow = await authorize();
      await refused(redeem({ ...flow, verifier: oauth.generateRandomCodeVerifier() }), 400, "invalid_grant");
      const good = await authorize();
      await redeem(good);
      await refused(redeem(good), 400, "invalid_grant");
    },
    "a wrong client secret: invalid_client, with a challenge": async () => {
      const service = { ...setup.service, secret: "wrong" };
      const byHeader = oauth.ClientSecretBasic("wrong");
      await assert.rejects(clientCredentials(service, {}, byHeader), oauth.WWWAuthenticateChallengeError);
    },
    "refresh, with rotation; the old one ends the family": async () => {
      const first = await redeem(await authorize());
      const second = await refresh(first.refresh_token);
      assert.notEqual(second.refresh_token, first.refresh_token);
      assert.equal((await validated(second.access_token, setup.web.audience)).sub, setup.person.sub);
      await refused(refresh(first.refresh_token), 400, "invalid_grant");
      await refused(refresh(second.refresh_token), 400, "invalid_grant");
    },
    "client credentials": async () => {
      const { audience, scope } = setup.service;
      const tokens = await clientCredentials(setup.service, { audience, scope });
      assert.equal((await validated(tokens.access_token, audience)).sub, setup.service.clientId);
    },
    "client credentials with private_key_jwt": async () => {
      const { audience, scope } = setup.signing;
      const tokens = await clientCredentials(setup.signing, { audience, scope }, await signed(setup));
      assert.equal((await validated(tokens.access_token, audience)).client_id, setup.signing.clientId);
    },
    "private_key_jwt for another server, over-aged or signed with another key: invalid_client": async () => {
      const { audience, scope } = setup.signing;
      for (const change of [
        { spoil: (_, claims) => { claims.aud = "https://another.example"; } },
        { spoil: (_, claims) => { claims.exp = claims.iat - 600; } },
        { key: await foreignKey(setup) },
      ]) {
        const attempt = clientCredentials(setup.signing, { audience, scope }, await signed(setup, change));
        await assert.rejects(attempt, (error) => errorOf(error) === "invalid_client");
      }
    },
    "token exchange with client and subject; the subject stays": async () => {
      const exchanging = { client_id: setup.exchange.clientId };
      const { access_token: subject } = await redeem(await authorize());
      const answer = await oauth.genericTokenEndpointRequest(
        as, exchanging, oauth.ClientSecretBasic(setup.exchange.secret), TOKEN_EXCHANGE,
        { subject_token: subject, subject_token_type: ACCESS_TOKEN, audience: setup.exchange.audience }, INSECURE,
      );
      const tokens = await oauth.processGenericTokenEndpointResponse(as, exchanging, answer);
      assert.equal(tokens.issued_token_type, ACCESS_TOKEN);
      const claims = await validated(tokens.access_token, setup.exchange.audience);
      assert.deepEqual([claims.sub, claims.client_id], [setup.person.sub, exchanging.client_id]);
    },
    "pushed authorization request; the handle works once": async () => {
      const flow = await authorize({ par: true });
      const tokens = await redeem(flow);
      assert.equal((await validated(tokens.access_token, setup.web.audience)).sub, setup.person.sub);
      const replay = await fetch(flow.url, { redirect: "manual" });
      assert.equal(replay.status, 400);
    },
    "device authorization: pending, then tokens, then never again": async () => {
      const device = { client_id: setup.device.clientId };
      const parameters = { scope: setup.device.scope, audience: setup.device.audience };
      const started = await oauth.processDeviceAuthorizationResponse(
        as, device, await oauth.deviceAuthorizationRequest(as, device, oauth.None(), parameters, INSECURE),
      );
      const poll = async () => oauth.processDeviceCodeResponse(
        as, device, await oauth.deviceCodeGrantRequest(as, device, oauth.None(), started.device_code, INSECURE),
      );
      await setup.pass(started.interval + 1);
      await refused(poll(), 400, "authorization_pending");
      await new Browser(setup.person).confirm(started.verification_uri_complete ?? started.verification_uri, started.user_code);
      await setup.pass(started.interval + 1);
      const tokens = await poll();
      assert.equal((await validated(tokens.access_token, setup.device.audience)).sub, setup.person.sub);
      await setup.pass(started.interval + 1);
      await refused(poll(), 400, "invalid_grant");
    },
    "introspection: active, of another client inactive, of nonsense inactive": async () => {
      const { access_token: token } = await redeem(await authorize());
      const told = await introspect(token);
      assert.deepEqual([told.active, told.sub, told.client_id], [true, setup.person.sub, client.client_id]);
      assert.equal((await introspect("nonsense")).active, false);
      const service = { audience: setup.service.audience, scope: setup.service.scope };
      const foreign = await clientCredentials(setup.service, service);
      assert.equal((await introspect(foreign.access_token)).active, false);
    },
    "revocation of a refresh token: it refreshes no more": async () => {
      const tokens = await redeem(await authorize());
      await revoke(tokens.refresh_token);
      await refused(refresh(tokens.refresh_token), 400, "invalid_grant");
    },
    "revocation of an access token: introspection says so; unknown tokens are no error": async () => {
      const tokens = await redeem(await authorize());
      assert.equal((await introspect(tokens.access_token)).active, true);
      await revoke(tokens.access_token);
      assert.equal((await introspect(tokens.access_token)).active, false);
      await revoke("nonsense");
    },
    "dynamic registration; the new client signs a person in": async () => {
      const redirectUri = "http://127.0.0.1:9/registered";
      const registered = await oauth.processDynamicClientRegistrationResponse(
        await oauth.dynamicClientRegistrationRequest(as, {
          client_name: "Registered by oauth4webapi", redirect_uris: [redirectUri], token_endpoint_auth_method: "none",
          grant_types: ["authorization_code"], response_types: ["code"], scope: setup.registered.scope,
        }, INSECURE),
      );
      const verifier = oauth.generateRandomCodeVerifier();
      const url = new URL(as.authorization_endpoint);
      url.search = new URLSearchParams({
        client_id: registered.client_id, redirect_uri: redirectUri, response_type: "code", state: "s",
        scope: setup.registered.scope, resource: setup.registered.resource,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
      }).toString();
      const back = await new Browser(setup.person).until(redirectUri, url);
      const parameters = oauth.validateAuthResponse(as, registered, back, "s");
      const tokens = await oauth.processAuthorizationCodeResponse(as, registered, await oauth.authorizationCodeGrantRequest(
        as, registered, oauth.None(), parameters, redirectUri, verifier, INSECURE,
      ));
      assert.equal((await validated(tokens.access_token, setup.registered.resource)).client_id, registered.client_id);
    },
  };
}

async function discover(setup, algorithm) {
  const issuer = new URL(setup.issuer);
  const answer = await oauth.discoveryRequest(issuer, { algorithm, ...INSECURE });
  return oauth.processDiscoveryResponse(issuer, answer);
}

async function signed(setup, { key = null, spoil } = {}) {
  const chosen = key ?? await crypto.subtle.importKey(
    "jwk", setup.signing.privateJwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"],
  );
  return oauth.PrivateKeyJwt({ key: chosen, kid: setup.signing.privateJwk.kid }, {
    [oauth.modifyAssertion]: spoil ?? (() => {}),
  });
}

async function foreignKey() {
  return (await oauth.generateKeyPair("ES256")).privateKey;
}

export function errorOf(error) {
  return error.error ?? error.cause?.[0]?.parameters?.error ?? (error instanceof oauth.WWWAuthenticateChallengeError ? "invalid_client" : undefined);
}

async function refused(promise, status, code) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof oauth.ResponseBodyError, String(error));
    assert.deepEqual([error.status, error.error], [status, code]);
    return true;
  });
}
