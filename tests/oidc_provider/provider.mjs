// The certified OpenID provider of npm as tests sign in with it: node provider.mjs settings.json
//
// settings: { port (0: a free one), keys (file in which the signing keys outlive the process), people ({account: claims}) }
// It prints its issuer once it answers, and ends when its standard input does. Besides the provider's own endpoints:
//   GET /asked          how often each path was asked for
//   POST /rotate?keep=1 signs with new keys from now on; still publishes the old ones if they are kept

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

const settings = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const KINDS = [
  ['ES256', 'ec', { namedCurve: 'P-256' }],
  ['RS256', 'rsa', { modulusLength: 2048 }],
  ['EdDSA', 'ed25519', {}],
];

function newKeys() {
  return KINDS.map(([alg, kind, options]) => {
    const { privateKey } = generateKeyPairSync(kind, options);
    return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg };
  });
}

// What a token is for is said in its resource indicator (RFC 8707): https://tongban.example/?audience=…&alg=…&ttl=…
function resourceServer(_ctx, resource) {
  const asked = new URL(resource).searchParams;
  return {
    scope: '',
    audience: asked.get('audience') ?? 'tongban',
    accessTokenFormat: 'jwt',
    accessTokenTTL: Number(asked.get('ttl') ?? 600),
    jwt: { sign: { alg: asked.get('alg') ?? 'ES256' } },
  };
}

function client(client_id) {
  return {
    client_id,
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: ['cn.example.tongban:/signed-in'],
  };
}

function providerWith(keys) {
  const provider = new Provider(issuer, {
    jwks: { keys },
    clients: [client('tongban-phone'), client('tongban')],
    cookies: { keys: [cookieKey] },
    claims: { openid: ['sub'], profile: ['name'] },
    pkce: { required: () => true },
    findAccount: (_ctx, id) => settings.people[id] && { accountId: id, claims: () => ({ ...settings.people[id], sub: id }) },
    extraTokenClaims: (_ctx, token) => settings.people[token.accountId],
    issueRefreshToken: () => true,
    ttl: { Grant: 3600, IdToken: 600, Interaction: 600, RefreshToken: 3600, Session: 600 },
    features: {
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: resourceServer,
        useGrantedResource: () => true,
      },
    },
  });
  provider.on('server_error', (_ctx, error) => console.error(error));
  return provider;
}

function rotate(kept) {
  keys = [...newKeys(), ...kept];
  writeFileSync(settings.keys, JSON.stringify(keys));
  answer = providerWith(keys).callback();
}

const cookieKey = randomUUID();
const asked = {};
let issuer;
let keys;
let answer;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, issuer);
  asked[pathname] = (asked[pathname] ?? 0) + 1;
  if (pathname === '/asked') {
    response.end(JSON.stringify(asked));
  } else if (pathname === '/rotate' && request.method === 'POST') {
    rotate(searchParams.has('keep') ? keys : []);
    response.end();
  } else {
    answer(request, response);
  }
});

server.listen(settings.port, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  keys = existsSync(settings.keys) ? JSON.parse(readFileSync(settings.keys, 'utf8')) : newKeys();
  writeFileSync(settings.keys, JSON.stringify(keys));
  answer = providerWith(keys).callback();
  process.stdout.write(`${issuer}\n`);
});

process.stdin.on('end', () => process.exit(0)).resume();
