// An OpenID provider on loopback for oidc_test.py: npm's oidc-provider with one client, access tokens as JWTs.
// usage: node oidc_provider.mjs MODULES PORT CLIENT SECRET AUDIENCE
import {pathToFileURL} from 'url';

const [modules, port, client, secret, audience] = process.argv.slice(2);
const {default: Provider} = await import(pathToFileURL(`${modules}/node_modules/oidc-provider/lib/index.js`));
const issuer = `http://localhost:${port}`;
const provider = new Provider(issuer, {
  clients: [{client_id: client, client_secret: secret, grant_types: ['client_credentials'], redirect_uris: [],
    response_types: []}],
  scopes: ['push'],
  features: {
    clientCredentials: {enabled: true},
    devInteractions: {enabled: false},
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:berth',
      getResourceServerInfo: () => ({scope: 'push', audience, accessTokenFormat: 'jwt', accessTokenTTL: 600}),
    },
  },
  extraTokenClaims: () => ({groups: ['devs', 'others']}),
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
