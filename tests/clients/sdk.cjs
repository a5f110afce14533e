// What sdk_test.py runs: one step with the JavaScript SDKs, its result as JSON on standard output.
// usage: node sdk.cjs STEP; BERTH_SDK holds {modules, domain, tenant, subscription, client, secret, registry}
const settings = JSON.parse(process.env.BERTH_SDK);
const load = require('module').createRequire(settings.modules + '/');
const {ClientSecretCredential} = load('@azure/identity');
const {ContainerRegistryManagementClient} = load('@azure/arm-containerregistry');
const {ContainerRegistryClient, ContainerRegistryContentClient, KnownContainerRegistryAudience} =
  load('@azure/container-registry');

const credential = new ClientSecretCredential(settings.tenant, settings.client, settings.secret, {
  authorityHost: `https://login.${settings.domain}`, disableInstanceDiscovery: true});
const endpoint = `https://${settings.registry}.${settings.domain}`;
const audience = KnownContainerRegistryAudience.AzureResourceManagerPublicCloud
  ? 'https://containerregistry.azure.net' : undefined;
const requests = [];
// Every request that goes out, so that the test sees how often a token was asked for.
const watch = {policy: {name: 'watch', sendRequest: (request, next) => {
  requests.push(`${request.method} ${new URL(request.url).pathname}`);
  return next(request);
}}, position: 'perRetry'};
const options = {audience, additionalPolicies: [watch]};
const arm = () => new ContainerRegistryManagementClient(credential, settings.subscription, {
  endpoint: `https://management.${settings.domain}`});
const client = () => new ContainerRegistryClient(endpoint, credential, options);
const content = (repository) => new ContainerRegistryContentClient(endpoint, repository, credential, options);

async function all(pages) {
  const out = [];
  for await (const each of pages) out.push(each);
  return out;
}

async function push(repository, tag, text) {
  const to = content(repository);
  const config = await to.uploadBlob(Buffer.from(JSON.stringify({text})));
  const layer = await to.uploadBlob(Buffer.from(text));
  const manifest = {schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {mediaType: 'application/vnd.oci.image.config.v1+json', digest: config.digest, size: config.sizeInBytes},
    layers: [{mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer.digest, size: layer.sizeInBytes}]};
  return to.setManifest(manifest, {tag});
}

async function read(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

const steps = {
  async manage() {
    const api = arm(), group = 'default', name = settings.registry;
    const location = (await all(api.registries.list()))[0].location;
    const made = await api.registries.create(group, name, {location, sku: {name: 'Premium'}});
    const updated = await api.registries.update(group, name, {adminUserEnabled: true});
    const credentials = await api.registries.listCredentials(group, name);
    const map = await api.scopeMaps.create(group, name, 'mapped', {actions: ['repositories/a/content/read']});
    const token = await api.tokens.create(group, name, 'token', {scopeMapId: map.id, status: 'enabled'});
    const generated = await api.registries.generateCredentials(group, name, {tokenId: token.id});
    await api.tokens.update(group, name, 'token', {status: 'disabled'});
    const free = await api.registries.checkNameAvailability({
      name, type: 'Microsoft.ContainerRegistry/registries'});
    const out = {made, updated, username: credentials.username, passwords: generated.passwords.length, free,
      tokens: (await all(api.tokens.list(group, name))).map((each) => [each.name, each.status]),
      registries: (await all(api.registries.listByResourceGroup(group))).map((each) => each.name),
      usages: (await api.registries.listUsages(group, name)).value.map((each) => each.name)};
    await api.tokens.delete(group, name, 'token');
    await api.scopeMaps.delete(group, name, 'mapped');
    return out;
  },
  async remove() {
    const api = arm();
    await api.registries.delete('default', settings.registry);
    try {
      await api.registries.get('default', settings.registry);
    } catch (error) {
      return {status: error.statusCode, code: error.code};
    }
    return {};
  },
  async push() {
    const {digest} = await push('sdk/app', 'v1', 'the content');
    const from = content('sdk/app');
    const {manifest} = await from.getManifest('v1');
    const blob = await from.downloadBlob(manifest.layers[0].digest);
    return {digest, text: await read(blob.content)};
  },
  async properties() {
    const api = client(), repository = api.getRepository('sdk/app');
    const artifact = api.getArtifact('sdk/app', 'v1');
    const shown = await repository.getProperties();
    await artifact.updateTagProperties('v1', {canWrite: false});
    const locked = (await artifact.getTagProperties('v1')).canWrite;
    await artifact.updateTagProperties('v1', {canWrite: true});
    return {names: await all(api.listRepositoryNames()), name: shown.name, tags: shown.tagCount, locked,
      manifests: (await all(repository.listManifestProperties({order: 'LastUpdatedOnDescending'})))
        .map((each) => each.digest),
      platform: (await artifact.getManifestProperties()).digest};
  },
  async paging() {
    for (const number of [1, 2, 3, 4, 5]) await push('sdk/pages', `t${number}`, 'page');
    const artifact = client().getArtifact('sdk/pages', 't1');
    const pages = [];
    for await (const page of artifact.listTagProperties().byPage({maxPageSize: 2})) {
      pages.push(page.map((each) => each.name));
    }
    return {pages};
  },
  async reuse() {
    // One client, two repositories: the first token does not fit the second, which is said by 401 and a scope.
    await push('sdk/one', 'v1', 'one');
    await push('sdk/two', 'v1', 'two');
    requests.length = 0;
    const api = client();
    const counts = [];
    for (const name of ['sdk/one', 'sdk/two', 'sdk/one']) {
      counts.push((await api.getRepository(name).getProperties()).manifestCount);
    }
    return {counts, requests};
  },
  async anonymous() {
    const api = new ContainerRegistryClient(endpoint, {audience});
    const out = {tags: []};
    for (const each of await all(api.getArtifact('sdk/app', 'v1').listTagProperties())) out.tags.push(each.name);
    try {
      await api.getArtifact('sdk/app', 'v1').deleteTag('v1');
    } catch (error) {
      out.refused = error.statusCode;
    }
    return out;
  },
  async discard() {
    const api = client();
    await api.getArtifact('sdk/pages', 't1').deleteTag('t2');
    const tags = (await all(api.getArtifact('sdk/pages', 't1').listTagProperties())).map((each) => each.name);
    await api.getArtifact('sdk/pages', 't1').delete();
    await api.deleteRepository('sdk/one');
    return {tags, names: await all(api.listRepositoryNames())};
  },
  async stranger() {
    try {
      await all(client().listRepositoryNames());
    } catch (error) {
      return {status: error.statusCode};
    }
    return {};
  },
};

steps[process.argv[2]]().then((result) => console.log(JSON.stringify(result)), (error) => {
  console.error(error);
  process.exit(1);
});
