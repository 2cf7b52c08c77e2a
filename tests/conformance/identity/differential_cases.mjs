// The same wrong requests to our server and to oidc-provider: both must answer with the same OAuth error.
//
// Where the two differ on purpose the case says what each answers; a silent difference is a failure.

import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { Browser } from "./browser.mjs";
import { startSecondIssuer } from "./second_issuer.mjs";

const INSECURE = { [oauth.allowInsecureRequests]: true }; // http on loopback
const REDIRECT_URI = "http://127.0.0.1:9/callback";
const OTHER_URI = "http://127.0.0.1:9/elsewhere";
const RESOURCE = "http://127.0.0.1:8701/runtimes/mcp_activities/invocations";

export async function differentialCases(setup) {
  const grants = { grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };
  const theirs = await startSecondIssuer({
    kid: "access-1", resource: RESOURCE, audience: RESOURCE,
    clients: ["differ", "differ-too"].map((clientId) => ({
      client_id: clientId, client_secret: setup.secrets[clientId], redirect_uris: [REDIRECT_URI, OTHER_URI], ...grants,
      token_endpoint_auth_method: "client_secret_basic",
    })),
  });
  const servers = {
    ours: await party(setup.issuer, setup),
    "oidc-provider": await party(theirs.issuer, setup),
  };

  /** A case whose answer is the same at both, or as told for each. */
  function same(expected, act) {
    return async () => {
      const told = typeof expected === "string" ? { ours: expected, "oidc-provider": expected } : expected;
      const got = {};
      for (const [name, server] of Object.entries(servers)) got[name] = await act(server);
      assert.deepEqual(got, told);
    };
  }

  const cases = {
    "positive control: code, then refresh": same("tokens, tokens", async (server) => {
      const tokens = await server.redeem(await server.authorize());
      const again = await server.refresh(tokens.refresh_token);
      return [tokens, again].map((answer) => (answer.access_token ? "tokens" : answer.error)).join(", ");
    }),
    "authorize: no code_challenge": same("invalid_request", (server) => server.refusedAuthorize({ code_challenge: null })),
    "authorize: code_challenge_method plain": same(
      "invalid_request", (server) => server.refusedAuthorize({ code_challenge_method: "plain" }),
    ),
    "authorize: response_type token": same(
      "unsupported_response_type", (server) => server.refusedAuthorize({ response_type: "token", code_challenge: null }),
    ),
    "authorize: prompt=none with nobody signed in": same(
      "login_required", (server) => server.refusedAuthorize({ prompt: "none" }),
    ),
    "authorize: a resource that nobody knows": same(
      "invalid_target", (server) => server.refusedAuthorize({ resource: "https://unknown.example/" }),
    ),
    "authorize: a redirect URI that is not registered goes nowhere": same(
      "400, no redirect", (server) => server.refusedAuthorize({ redirect_uri: "http://127.0.0.1:9/evil" }),
    ),
    "authorize: an unknown client goes nowhere": same(
      "400, no redirect", (server) => server.refusedAuthorize({ client_id: "nobody" }),
    ),
    "token: wrong verifier": same("invalid_grant", async (server) => {
      const flow = await server.authorize();
      return (await server.redeem({ ...flow, verifier: oauth.generateRandomCodeVerifier() })).error;
    }),
    "token: no verifier": same("invalid_grant", async (server) => {
      return (await server.redeem(await server.authorize(), { code_verifier: null })).error;
    }),
    "token: another redirect URI than at authorize": same("invalid_grant", async (server) => {
      return (await server.redeem(await server.authorize(), { redirect_uri: OTHER_URI })).error;
    }),
    "token: a code of another client": same("invalid_grant", async (server) => {
      return (await server.redeem(await server.authorize(), {}, "differ-too")).error;
    }),
    "token: a code used twice, and the tokens of the first use": same("invalid_grant, invalid_grant", async (server) => {
      const flow = await server.authorize();
      const first = await server.redeem(flow);
      const second = await server.redeem(flow);
      return `${second.error}, ${(await server.refresh(first.refresh_token)).error}`;
    }),
    "token: a code that was never issued": same("invalid_grant", async (server) => {
      return (await server.redeem({ code: "nonsense", verifier: oauth.generateRandomCodeVerifier() })).error;
    }),
    "token: no code": same("invalid_request", async (server) => {
      return (await server.redeem(await server.authorize(), { code: null })).error;
    }),
    "token: a grant type that nobody knows": same("unsupported_grant_type", async (server) => {
      return (await server.token({ grant_type: "urn:example:nonsense" })).error;
    }),
    "token: the password grant": same("unsupported_grant_type", async (server) => {
      return (await server.token({ grant_type: "password", username: "maya", password: "x" })).error;
    }),
    "token: a wrong client secret": same("invalid_client", async (server) => {
      return (await server.token({ grant_type: "authorization_code", code: "x" }, "differ", "wrong")).error;
    }),
    // RFC 6749 §5.2 has unauthorized_client for this; oidc-provider answers otherwise.
    "token: a client without the grant": same(
      { ours: "unauthorized_client", "oidc-provider": "invalid_request" },
      async (server) => (await server.token({ grant_type: "client_credentials" })).error,
    ),
    "refresh: a token that was never issued": same("invalid_grant", async (server) => {
      return (await server.refresh("nonsense")).error;
    }),
    "refresh: a token of another client": same("invalid_grant", async (server) => {
      const tokens = await server.redeem(await server.authorize());
      return (await server.refresh(tokens.refresh_token, {}, "differ-too")).error;
    }),
    "refresh: more scope than was granted": same("invalid_scope", async (server) => {
      const tokens = await server.redeem(await server.authorize({ scope: "openid" }));
      return (await server.refresh(tokens.refresh_token, { scope: "openid activities/read" })).error;
    }),
    "refresh: a rotated token, and the family it belongs to": same("invalid_grant, invalid_grant", async (server) => {
      const first = await server.redeem(await server.authorize());
      const second = await server.refresh(first.refresh_token);
      const replay = await server.refresh(first.refresh_token);
      return `${replay.error}, ${(await server.refresh(second.refresh_token)).error}`;
    }),
    "revoke: afterwards the refresh token is dead": same("200, invalid_grant", async (server) => {
      const tokens = await server.redeem(await server.authorize());
      const status = await server.revoke(tokens.refresh_token);
      return `${status}, ${(await server.refresh(tokens.refresh_token)).error}`;
    }),
  };
  return { cases, close: theirs.close };
}

/** One server and raw requests to it: the libraries refuse to send most of these. */
async function party(issuerUrl, setup) {
  const issuer = new URL(issuerUrl);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, INSECURE));

  async function request(change) {
    const verifier = oauth.generateRandomCodeVerifier();
    const parameters = {
      client_id: "differ", redirect_uri: REDIRECT_URI, response_type: "code", scope: "openid activities/read",
      state: oauth.generateRandomState(), resource: RESOURCE,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", ...change,
    };
    const url = new URL(as.authorization_endpoint);
    for (const [name, value] of Object.entries(parameters)) if (value !== null) url.searchParams.set(name, value);
    return { url, verifier };
  }

  async function authorize(change = {}) {
    const { url, verifier } = await request(change);
    const back = await new Browser(setup.person).until(REDIRECT_URI, url);
    return { code: back.searchParams.get("code"), verifier };
  }

  async function refusedAuthorize(change) {
    const { url } = await request(change);
    const answer = await fetch(url, { redirect: "manual", headers: { accept: "text/html" } });
    const target = answer.headers.get("location");
    if (target === null) return `${answer.status}, no redirect`;
    const back = new URL(target, url);
    if (!back.href.startsWith(REDIRECT_URI)) return `sent to ${back.pathname}`;
    // RFC 9207 §2: errors carry the issuer too.
    const parameters = new URLSearchParams([...back.searchParams, ...new URLSearchParams(back.hash.slice(1))]);
    assert.equal(parameters.get("iss"), as.issuer);
    return parameters.get("error");
  }

  async function token(form, clientId = "differ", secret = setup.secrets[clientId]) {
    const answer = await post(as.token_endpoint, form, clientId, secret);
    return answer.json();
  }

  async function redeem({ code, verifier }, change = {}, clientId = "differ") {
    const form = { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: REDIRECT_URI };
    return token({ ...form, ...change }, clientId);
  }

  const refresh = (refreshToken, change = {}, clientId = "differ") =>
    token({ grant_type: "refresh_token", refresh_token: refreshToken, ...change }, clientId);
  const revoke = async (value) =>
    (await post(as.revocation_endpoint, { token: value }, "differ", setup.secrets.differ)).status;
  return { authorize, refusedAuthorize, token, redeem, refresh, revoke };
}

function post(url, form, clientId, secret) {
  const body = new URLSearchParams(Object.entries(form).filter(([, value]) => value !== null));
  const authorization = `Basic ${btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`)}`;
  return fetch(url, { method: "POST", body, headers: { authorization } });
}
