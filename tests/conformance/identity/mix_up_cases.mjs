// Two honest issuers, ours and oidc-provider, whose key ids and subjects collide: what one gives is nothing at the other.

import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import { Browser } from "./browser.mjs";
import { startSecondIssuer } from "./second_issuer.mjs";

const INSECURE = { [oauth.allowInsecureRequests]: true }; // http on loopback

export async function mixUpCases(setup) {
  const { vault } = setup;
  const callback = (provider) => `${vault.url}/identities/oauth2/callback/${provider}`;
  const second = await startSecondIssuer({
    port: vault.secondIssuerPort, kid: "access-1", resource: vault.resource, audience: vault.resource,
    clients: [{
      client_id: "theirs", client_secret: setup.secrets.theirs, redirect_uris: [callback("theirs")],
      grant_types: ["authorization_code", "refresh_token"], response_types: ["code"],
    }],
  });

  /** What a workload, its application and a resource server do; the runner does it for us. */
  async function program(step, body) {
    const answer = await fetch(new URL(step, setup.programUrl), { method: "POST", body: JSON.stringify(body) });
    assert.equal(answer.status, 200, await answer.clone().text());
    return answer.json();
  }
  const begin = (provider) => program("begin", { provider });
  const status = async (provider, { sessionUri }) => program("begin", { provider, sessionUri });
  const answered = (started) => new Browser(setup.person).until(`${vault.url}/identities/oauth2/callback/`, started.authorizationUrl);

  async function connected(provider) {
    const started = await begin(provider);
    await new Browser(setup.person).until(vault.returnUrl, started.authorizationUrl);
    await program("complete", started);
    return (await status(provider, started)).accessToken;
  }

  async function refused(provider, started, url) {
    const answer = await fetch(url, { redirect: "manual" });
    assert.deepEqual([answer.status, answer.headers.get("location")], [400, null]);
    assert.equal((await status(provider, started)).sessionStatus, "FAILED");
  }

  const cases = {
    "positive control: each issuer alone connects an account through the vault": async () => {
      for (const provider of ["ours", "theirs"]) assert.ok(await connected(provider), provider);
    },
    "the vault: the second issuer's whole answer at the first one's callback (V03)": async () => {
      const started = await begin("theirs");
      const url = await answered(started);
      url.pathname = new URL(callback("ours")).pathname;
      await refused("theirs", started, url);
    },
    "the vault: the second issuer's answer that names the first (V03)": async () => {
      const started = await begin("theirs");
      const url = await answered(started);
      assert.equal(url.searchParams.get("iss"), second.issuer);
      url.searchParams.set("iss", setup.issuer);
      await refused("theirs", started, url);
    },
    "the vault: the second issuer's code and iss with the first one's state (V03)": async () => {
      const [ours, theirs] = [await begin("ours"), await begin("theirs")];
      const url = await answered(ours);
      const other = await answered(theirs);
      for (const name of ["code", "iss"]) url.searchParams.set(name, other.searchParams.get(name));
      await refused("ours", ours, url);
    },
    "a client: the second issuer's answer where the first was asked (A09)": async () => {
      const issuer = new URL(setup.issuer);
      const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, INSECURE));
      const url = await answered(await begin("theirs"));
      const expect = url.searchParams.get("state");
      assert.throws(() => oauth.validateAuthResponse(as, { client_id: "theirs" }, url, expect), /"iss"/);
    },
    "a resource server: the second issuer's token with our key id, audience and subject (N52)": async () => {
      const tokens = { ours: await connected("ours"), theirs: await connected("theirs") };
      const [ours, theirs] = [read(tokens.ours), read(tokens.theirs)];
      assert.deepEqual([theirs.header.kid, theirs.header.typ], [ours.header.kid, ours.header.typ]);
      assert.deepEqual([theirs.claims.sub, theirs.claims.aud], [ours.claims.sub, ours.claims.aud]);
      assert.deepEqual(await program("resource", { token: tokens.ours }), { status: 200, subject: setup.person.sub });
      assert.deepEqual(await program("resource", { token: tokens.theirs }), { status: 401 });
    },
  };
  return { cases, close: second.close };
}

function read(token) {
  const [header, claims] = token.split(".").slice(0, 2).map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));
  return { header, claims };
}
