"""Conditions of role assignments as Azure's tools write them, and the roles that take one."""

MCR = "Microsoft.ContainerRegistry/registries"
NAME = f"@Request[{MCR}/repositories:name]"
READER = "Container Registry Repository Reader"
WRITER = "Container Registry Repository Writer"
CONTRIBUTOR = "Container Registry Repository Contributor"
LISTER = "Container Registry Repository Catalog Lister"


def only(expression, *operations):
    """A condition on these operations of repositories ("content/read"); others pass."""
    head = " AND ".join(f"!(ActionMatches{{'{MCR}/repositories/{each}'}})" for each in operations)
    return f"(({head}) OR ({expression}))"


def below(prefix, *operations):
    """The condition of a role that counts below `prefix`."""
    return only(f"{NAME} StringStartsWithIgnoreCase '{prefix}'", *(operations or ("content/*", "metadata/*")))
