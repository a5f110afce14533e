"""Trusted services: an identity of a kind, on a way that the operator declared for it, with the bypass on."""
import pytest

from conftest import HOST, IMAGE, refusal
from owner import basic
from proxies import make_certificate
from topology import CLIENT, SERVICE

ACI, SCANNER, APP, TASKS = (SERVICE[kind] for kind in ("container-instances", "scanner", "app-service", "tasks"))


@pytest.fixture(scope="module")
def people(whole_lab):
    """kind → (user, password); `none`: an identity like any other, with the same role; `no role`: one without."""
    made = {kind: whole_lab.principal(f"a {kind}", kind)
            for kind in ("container-instances", "scanner", "app-service", "tasks", "machine-learning", "devops")}
    made["none"] = whole_lab.principal("anybody")
    made["no role"] = whole_lab.principal("newcomer", "container-instances", role=None)
    return made


@pytest.fixture
def closed(net):
    """Selected networks, and none is; the bypass is on, as for every new registry."""
    net.rules("192.0.2.1")
    assert net.properties()["networkRuleBypassOptions"] == "AzureServices"


@pytest.fixture
def service(lab, people):
    """service(kind, identity): skopeo at the place of services, speaking from that kind's address."""
    def made(kind, identity=None):
        lab.speak_as(kind)
        return lab.skopeo("services", *people[identity or kind])

    yield made
    lab.speak_as("container-instances")


@pytest.mark.rows("N46", "N47", "N49")
def test_container_instances_pull_with_their_identity(lab, closed, service):
    lab.pull("services", service("container-instances"))
    lab.refused("pub", CLIENT["pub"])


@pytest.mark.rows("N11", "N44", "N45", "N16", "N17")
def test_a_scanner_pulls_with_its_identity(lab, closed, service):
    lab.pull("services", service("scanner"))


@pytest.mark.rows("N49")
def test_without_an_identity_the_answer_is_the_challenge(lab, closed, service):
    service("container-instances")
    answer = lab.status("services", signed_in=False)
    assert answer.status == 401 and answer.header("WWW-Authenticate"), answer


@pytest.mark.rows("N49")
def test_without_a_role_the_network_is_not_what_refuses(lab, closed, service):
    said = service("container-instances", "no role").fails("copy", f"docker://{HOST}/{IMAGE}", lab.target("services"))
    assert "is not allowed access" not in said and ("denied" in said or "unauthorized" in said), said


@pytest.mark.rows("N49")
def test_another_identity_from_there_is_refused(lab, closed, service):
    said = lab.token_refused("services", ACI, service("container-instances", "none"))
    assert "From there only services of these kinds come in: container-instances." in said, said


@pytest.mark.rows("N49")
def test_the_identity_alone_is_not_enough(lab, closed, people):
    lab.refused("pub", CLIENT["pub"], lab.skopeo("pub", *people["container-instances"]))


@pytest.mark.rows("N17")
def test_the_kinds_of_the_network_and_of_the_identity_have_to_be_the_same(lab, closed, service):
    assert "scanner" in lab.token_refused("services", SCANNER, service("scanner", "container-instances"))


@pytest.mark.rows("N49", "N46")
def test_with_the_bypass_off_nobody_is_trusted(lab, net, closed, service):
    skopeo = service("container-instances")
    net.set(networkRuleBypassOptions="None")
    lab.refused("services", ACI, skopeo)
    detail = refusal(lab.status("services"), ACI)
    assert "container-instances" in str(detail) and "bypass" in detail["reason"], detail
    net.set(networkRuleBypassOptions="AzureServices")
    lab.pull("services", skopeo)


@pytest.mark.rows("N49")
def test_trusted_services_pass_while_public_access_is_disabled(lab, net, service):
    net.set(publicNetworkAccess="Disabled")
    lab.pull("services", service("container-instances"))
    net.set(networkRuleBypassOptions="None")
    lab.refused("services", ACI, service("container-instances"))


@pytest.mark.rows("N47", "N17")
def test_a_kind_that_is_not_covered_is_told_what_to_do_instead(lab, net, closed, service):
    skopeo = service("app-service")
    lab.refused("services", APP, skopeo)
    detail = refusal(lab.status("services"), APP)
    assert "app services are not among the trusted services" in detail["reason"], detail
    net.rules(APP)  # the cure: its address, or its network
    lab.pull("services", skopeo)


@pytest.mark.rows("N10", "N46")
def test_tasks_need_a_flag_of_their_own(lab, net, closed, service):
    skopeo = service("tasks")
    lab.refused("services", TASKS, skopeo)
    assert "networkRuleBypassAllowedForTasks" in refusal(lab.status("services"), TASKS)["reason"]
    net.set(networkRuleBypassAllowedForTasks=True)
    lab.pull("services", skopeo)
    net.set(networkRuleBypassOptions="None")
    lab.refused("services", TASKS, skopeo)


@pytest.mark.rows("N49")
def test_subnet_rules_end_the_bypass(lab, net, closed, service):
    skopeo = service("container-instances")
    net.rules(subnets=["b"])
    lab.refused("services", ACI, skopeo)
    assert "virtual-network rules" in refusal(lab.status("services"), ACI)["reason"]
    net.rules()
    lab.pull("services", skopeo)


@pytest.mark.rows("N49")
def test_a_listener_can_be_the_way_of_a_kind(lab, closed, people):
    """Whoever comes to the listener `services` comes from there, from whatever address."""
    with lab.private.with_records({HOST: "10.10.9.44"}):
        lab.pull("a", lab.skopeo("a", *people["container-instances"]))
        lab.token_refused("a", CLIENT["a"], lab.skopeo("a", *people["none"]), "10.10.9.44")


@pytest.mark.rows("N49")
def test_a_client_certificate_can_be_the_way_of_a_kind(lab, closed, people):
    certificate = make_certificate(lab.certificates, "learner", ca="partner-ca", client=True)
    for identity, status in (("machine-learning", 200), ("container-instances", 403), ("none", 403)):
        with lab.client("a", "10.10.9.54", signed_in=False, certificate=certificate) as client:
            client.standing = {"Authorization": basic(*people[identity])}
            assert client.call("GET", "/v2/").status == status, identity


@pytest.mark.rows("N49")
def test_a_data_link_carries_the_kind(lab, net, closed, service):
    """A service's link works on its way; elsewhere the network rules are asked again."""
    net.set(dataEndpointEnabled=True)
    lab.pull("services", service("container-instances"))
