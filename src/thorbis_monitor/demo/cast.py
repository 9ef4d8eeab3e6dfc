"""Who and what takes part in the day: tenants, people, and the endpoints of the company's application."""

from dataclasses import dataclass

SERVICE = "field-service"
ENVIRONMENT = "demo"

TENANTS = ("aurora-heating", "brightwater-plumbing", "cedar-electric", "dunes-roofing", "evergreen-gardens")

PEOPLE = (
    *("maria.lopez", "james.okafor", "li.wei", "anna.kowalska", "tom.becker", "fatima.haddad", "noah.smith"),
    *(
        "priya.nair",
        "lucas.martin",
        "emma.johansson",
        "omar.farouk",
        "grace.mbeki",
        "ivan.petrov",
        "sofia.rossi",
    ),
    *("daniel.kim", "chloe.dubois", "mateo.garcia", "yuki.tanaka", "hannah.weber", "samuel.adeyemi"),
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint: how often it is called, how long it takes, and what is logged.

    ``median_ms`` is the usual duration; ``done`` and ``failed`` may use ``{order}`` and ``{user}``.
    """

    method: str
    path: str
    component: str
    function: str
    weight: int
    median_ms: float
    done: str
    failed: str


LOGIN = Endpoint(
    "POST",
    "/api/auth/login",
    "auth",
    "login",
    8,
    160,
    "User {user} logged in",
    "Session store did not answer",
)
PAYMENT = Endpoint(
    *("POST", "/api/payments", "payment", "charge", 7, 320),
    *("Payment for work order {order} captured", "Payment for work order {order} failed"),
)
ENDPOINTS = (
    LOGIN,
    PAYMENT,
    Endpoint(
        *("GET", "/api/work-orders", "work-orders", "list_orders", 26, 110),
        *("Work orders listed", "Work orders could not be listed"),
    ),
    Endpoint(
        *("GET", "/api/work-orders/:id", "work-orders", "get_order", 22, 60),
        *("Work order {order} opened", "Work order {order} could not be loaded"),
    ),
    Endpoint(
        *("POST", "/api/work-orders", "work-orders", "create_order", 9, 180),
        *("Work order {order} created", "Work order {order} could not be saved"),
    ),
    Endpoint(
        *("PATCH", "/api/work-orders/:id", "work-orders", "update_order", 11, 140),
        *("Work order {order} completed by {user}", "Work order {order} could not be updated"),
    ),
    Endpoint(
        *("GET", "/api/schedule", "scheduling", "day_plan", 12, 150),
        *("Schedule shown to {user}", "Schedule could not be computed"),
    ),
    Endpoint(
        *("POST", "/api/invoices", "billing", "create_invoice", 5, 210),
        *("Invoice for work order {order} sent", "Invoice for work order {order} could not be rendered"),
    ),
)
"""Weights are shares of a hundred."""

MEMORY_SERVICES = ((SERVICE, 190), ("field-service-worker", 150), ("field-service-mail", 90))
"""Processes and their usual memory in MiB: small against the limit of any machine that runs the demo."""
