"""The lab's registry and what Microsoft.Network has for it, written with the owner's own socket as az writes it."""
import time

NETWORK = "2022-01-01"
OPEN = {"publicNetworkAccess": "Enabled", "networkRuleBypassOptions": "AzureServices",
        "networkRuleBypassAllowedForTasks": False, "dataEndpointEnabled": False,
        "networkRuleSet": {"defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": []}}


class Resources:
    """The virtual network `office` with subnets a and b (service endpoints), jump and endpoints."""

    SUBNETS = {"a": "10.10.1.0/24", "b": "10.10.2.0/24", "jump": "10.10.4.0/24", "endpoints": "10.10.9.0/24"}
    SERVICE_ENDPOINTS = ("a", "b")
    OTHER = "/subscriptions/0e0e0e0e-1111-4222-8333-444444444444"

    def __init__(self, owner, registry):
        self.owner, self.name = owner, registry
        self.id = owner.registry_id(registry)
        self.network = f"{owner.subscription()}/resourceGroups/default/providers/Microsoft.Network"
        self.made = []

    def create(self):
        self.owner.create_registry(self.name)
        self.put(f"{self.network}/virtualNetworks/office", addressSpace={"addressPrefixes": ["10.10.0.0/16"]})
        for name, prefix in self.SUBNETS.items():
            self.put_subnet(name, prefix, name in self.SERVICE_ENDPOINTS)
        self.create_other()

    def create_other(self):
        """A second subscription, which has not registered the provider, with the subnet elsewhere/c."""
        self.owner.arm("PUT", self.OTHER, {"displayName": "Other"}, "2022-12-01").expect(200, 201)
        region = {"location": self.owner.info()["region"]}
        self.owner.arm("PUT", f"{self.OTHER}/resourcegroups/default", region, "2021-04-01").expect(200, 201)
        network = f"{self.OTHER}/resourceGroups/default/providers/Microsoft.Network/virtualNetworks/elsewhere"
        self.put(network, addressSpace={"addressPrefixes": ["10.40.0.0/16"]})
        self.other_subnet = f"{network}/subnets/c"
        self.put(self.other_subnet, addressPrefix="10.40.1.0/24",
                 serviceEndpoints=[{"service": "Microsoft.ContainerRegistry"}])

    def register_other(self, verb="register"):
        path = f"{self.OTHER}/providers/Microsoft.ContainerRegistry/{verb}"
        self.owner.arm("POST", path, version="2021-04-01").expect(200)

    # ---- Microsoft.Network
    def put(self, path, **properties):
        answer = self.try_put(path, **properties).expect(200, 201)
        return answer.json()

    def try_put(self, path, **properties):
        where = {} if "/subnets/" in path else {"location": self.owner.info()["region"]}
        return self.owner.arm("PUT", path, {**where, "properties": properties}, NETWORK)

    def subnet(self, name, network="office"):
        return f"{self.network}/virtualNetworks/{network}/subnets/{name}"

    def put_subnet(self, name, prefix, service_endpoint=True, **more):
        endpoints = [{"service": "Microsoft.ContainerRegistry"}] if service_endpoint else []
        return self.put(self.subnet(name), addressPrefix=prefix, serviceEndpoints=endpoints, **more)

    def endpoint_body(self, name, address, data_address, manual, ingress):
        connection = {"name": name, "properties": {"privateLinkServiceId": self.id, "groupIds": ["registry"],
                                                   "requestMessage": "please"}}
        members = {"registry": address, "registry_data_local": data_address}
        body = {"subnet": {"id": self.subnet("endpoints")},
                "manualPrivateLinkServiceConnections" if manual else "privateLinkServiceConnections": [connection],
                "ipConfigurations": [{"name": member.replace("_", "-"), "properties": {
                    "groupId": "registry", "memberName": member, "privateIPAddress": each}}
                    for member, each in members.items()]}
        return {**body, "ingress": ingress} if ingress else body

    def try_endpoint(self, name, address="10.10.9.4", data_address="10.10.9.5", manual=False, ingress=None):
        return self.try_put(f"{self.network}/privateEndpoints/{name}",
                            **self.endpoint_body(name, address, data_address, manual, ingress))

    def endpoint(self, name, *addresses, **more):
        """A private endpoint of the registry; approved at once unless it is `manual`. Returns its resource."""
        self.made.append(f"{self.network}/privateEndpoints/{name}")
        return self.try_endpoint(name, *addresses, **more).expect(200, 201).json()

    # ---- the registry
    def try_set(self, **properties):
        return self.owner.arm("PATCH", self.id, {"properties": properties})

    def set(self, **properties):
        return self.try_set(**properties).expect(200, 201).json()["properties"]

    def properties(self):
        return self.owner.arm("GET", self.id).expect(200).json()["properties"]

    def rules(self, *ips, default="Deny", subnets=()):
        """Selected networks: blocks as text or {value, expiresOn}; subnets by name or {id, serviceKinds}."""
        answer = self.try_rules(*ips, default=default, subnets=subnets).expect(200, 201)
        return answer.json()["properties"]["networkRuleSet"]

    def try_rules(self, *ips, default="Deny", subnets=()):
        addresses = [{"action": "Allow", **({"value": each} if isinstance(each, str) else each)} for each in ips]
        networks = [{"action": "Allow", **({"id": self.subnet(each)} if isinstance(each, str) else each)}
                    for each in subnets]
        return self.try_set(networkRuleSet={"defaultAction": default, "ipRules": addresses,
                                            "virtualNetworkRules": networks})

    def connections(self):
        """Of private endpoints, by the endpoint's name."""
        listed = self.owner.arm("GET", f"{self.id}/privateEndpointConnections").expect(200).json()["value"]
        return {each["properties"]["privateEndpoint"]["id"].rsplit("/", 1)[1]: each for each in listed}

    def decide(self, endpoint, status):
        """Approved or Rejected, as `az acr private-endpoint-connection` says it."""
        connection = self.connections()[endpoint]
        connection["properties"]["privateLinkServiceConnectionState"]["status"] = status
        return self.owner.arm("PUT", connection["id"], {"properties": connection["properties"]}).expect(200, 201)

    def delete(self, path, version=NETWORK):
        self.owner.arm("DELETE", path, version=version).expect(200, 202, 204)

    def reset(self):
        """As a new registry is: open, no rules, no private endpoints."""
        for path in reversed(self.made):
            self.delete(path)
        for connection in self.connections().values():
            self.delete(connection["id"], "2022-02-01-preview")
        self.made.clear()
        self.set(**OPEN)


def in_seconds(seconds):
    """RFC 3339, as an IP rule's expiresOn."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
