// oidc-provider, unmodified, as another authorization server on loopback: for mix-ups and as an oracle.

import { createServer } from "node:http";
import { once } from "node:events";
import { errors, Provider } from "oidc-provider";

/**
 * Starts the second issuer.
 *
 * @param {object} options
 * @param {number} options.port 0 for any
 * @param {string} options.kid key id of its access tokens: the first issuer's, so that the two collide
 * @param {string} options.resource URL of the one resource server that it makes tokens for
 * @param {string} options.audience the `aud` of those tokens
 * @param {object[]} options.clients its clients
 */
export async function startSecondIssuer({ port = 0, kid, resource, audience, clients }) {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${server.address().port}`;
  // It reminds of every default that only suits development; development is what this is.
  console.info = () => {};
  console.warn = () => {};
  const provider = new Provider(issuer, {
    clients,
    jwks: { keys: [await signingKey(kid)] },
    cookies: { keys: ["cookies of the second issuer"] },
    pkce: { required: () => true },
    responseTypes: ["code"],
    scopes: ["openid", "offline_access", "activities/read"],
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, indicator, client) => {
          if (indicator !== resource) throw new errors.InvalidTarget();
          return { scope: "activities/read", audience, accessTokenTTL: 300, accessTokenFormat: "jwt", client };
        },
      },
    },
  });
  server.on("request", provider.callback());
  return { issuer, close: () => server.close() };
}

async function signingKey(kid) {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const { privateKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { key_ops, ext, ...jwk } = await crypto.subtle.exportKey("jwk", privateKey);
  return { ...jwk, kid, use: "sig", alg: "RS256" };
}
