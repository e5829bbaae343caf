// A provider of OpenID Connect as others run one, which signs one person in without asking, or refuses to, by the client:
// for the tests.
// usage: node provider.mjs PACKAGE REDIRECT CLIENT SECRET EMAIL
// It prints its issuer, and ends with its input. What it says else goes to stderr: nobody reads on after the issuer.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { pathToFileURL } from 'node:url';

console.log = console.info = console.error;
const [file, redirect, client, secret, email] = process.argv.slice(2);
const module = await import(pathToFileURL(file).href);
const Provider = module.Provider ?? module.default;

const key = (kid, alg, { privateKey }) => ({ ...privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' });
const keys = [
  key('one', 'RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })),
  key('two', 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  key('three', 'EdDSA', generateKeyPairSync('ed25519')),
];

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    jwks: { keys },
    clients: ['RS256', 'ES256', 'EdDSA', 'refuses'].map((name) => ({
      client_id: `${client}-${name}`,
      client_secret: secret,
      redirect_uris: [name.toLowerCase(), 'stranger'].map((provider) => redirect.replace('{provider}', provider)),
      id_token_signed_response_alg: name === 'refuses' ? 'RS256' : name,
    })),
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['one of this run alone'] },
    pkce: { required: () => true },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email, email_verified: true, name: 'Noor Aziz' }),
    }),
    // Whoever is signed in has agreed to what is asked for.
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on('request', async (request, response) => {
    if (!request.url.startsWith('/interaction/')) return answer(request, response);
    try {
      const details = await provider.interactionDetails(request, response);
      const refuses = details.params.client_id.endsWith('-refuses');
      const result = refuses ? { error: 'access_denied' } : { login: { accountId: 'noor-1' } };
      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  process.stdout.write(`${issuer}\n`);
});
process.stdin.resume().on('end', () => process.exit(0));
