"""An Azure CLI that knows a world's cloud, with a configuration folder of its own, and the registry work done with it."""
import json

from client import InsideClient
import world


class Az(InsideClient):
    def __init__(self, inside, program, home, environment=None):
        for name in ("azure", "extensions"):
            (home / name).mkdir(parents=True, exist_ok=True)
        super().__init__(inside, program, home, environment={
            "AZURE_CONFIG_DIR": str(home / "azure"), "AZURE_EXTENSION_DIR": str(home / "extensions"),
            "AZURE_CORE_COLLECT_TELEMETRY": "0", "AZURE_CORE_NO_COLOR": "1", "AZURE_CORE_DISABLE_CONFIRM_PROMPT": "1",
            "AZURE_CORE_LOGIN_EXPERIENCE_V2": "off", "AZURE_AUTO_UPGRADE_ENABLE": "no",
            # MSAL replays a refused sign-in for a minute from its cache; a test wants to ask again.
            "AZURE_CORE_USE_MSAL_HTTP_CACHE": "false", **(environment or {})})
        config = home / "cloud.json"
        config.write_text(inside.berth("cloud-config", "--data", inside.data))
        self.run("cloud", "register", "-n", "Berth", "--cloud-config", f"@{config}")
        self.run("cloud", "set", "-n", "Berth")

    def json(self, *arguments, **more):
        return json.loads(self.run(*arguments, "--output", "json", **more) or "null")

    def login(self, principal, secret, tenant=None):
        """Signs in as a service principal."""
        tenant = tenant or self.inside.owner.info()["tenantId"]
        return self.json("login", "--service-principal", "-u", principal, "-p", secret, "--tenant", tenant)

    def rest(self, method, path, body=None, version="2022-04-01", **query):
        """`az rest` on a management path: what stands in for `az role`, which is broken in Debian's package."""
        more = "".join(f"&{key}={value}" for key, value in query.items())
        url = f"https://management.{world.DOMAIN}{path}?api-version={version}{more}"
        words = ["rest", "--method", method, "--url", url]
        return self.json(*words, *(["--body", json.dumps(body)] if body is not None else []))
