// An OpenID Connect provider for tests: LIGGARE_TEST_PROVIDER is its port, keys, audience and claims, as JSON.
import { Provider } from 'oidc-provider';

const { port, keys, audience, claims, seconds } = JSON.parse(process.env.LIGGARE_TEST_PROVIDER);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  jwks: { keys },
  clients: Object.keys(claims).map((name) => ({
    client_id: name,
    client_secret: 'fictional',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  })),
  clientDefaults: { id_token_signed_response_alg: keys[0].alg },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => ({
        scope: 'liggare',
        audience: resource === 'urn:liggare' ? audience : 'another',
        accessTokenFormat: 'jwt',
        accessTokenTTL: seconds,
        jwt: { sign: { alg: keys[0].alg } },
      }),
    },
  },
  extraTokenClaims: (_, token) => claims[token.clientId],
});
provider.listen(port, '127.0.0.1', () => console.log('listening'));
