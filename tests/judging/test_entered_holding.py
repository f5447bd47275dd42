"""Locks with which what calls a member of an operations table has the function entered."""

from __future__ import annotations

import pytest

from reviewer.verdict import Decision
from tests.judging.pond import decisions

CODE = """
struct dentry {
        spinlock_t d_lock;
        struct dentry *d_parent;
};

/* Called with %s held. */
static int drain(struct dentry *dentry)
{
        return dentry->d_parent == dentry;
}

static const struct %s pond_table = {
        .open = other,
        .%s = drain,
};
"""


def _told(lock: str, struct: str, member: str) -> list[Decision]:
    return decisions(CODE % (lock, struct, member), "caller-holds-lock")


@pytest.mark.parametrize(
    ("lock", "struct", "member", "decided"),
    [
        ("dentry->d_lock", "dentry_operations", "d_delete", Decision.AGREES),
        ("dentry->d_lock", "dentry_operations", "d_release", Decision.UNKNOWN),
        ("dentry->d_parent->d_lock", "dentry_operations", "d_delete", Decision.UNKNOWN),
        ("the i_rwsem", "inode_operations", "setattr", Decision.AGREES),
        ("the i_rwsem", "pond_operations", "setattr", Decision.UNKNOWN),
    ],
)
def test_a_table_is_told_by_its_struct(
    lock: str, struct: str, member: str, decided: Decision
) -> None:
    assert _told(lock, struct, member) == [decided]


def test_a_function_in_two_tables_is_entered_by_both() -> None:
    both = CODE + "static const struct pond_operations more = {\n        .setattr = drain,\n};\n"
    given = ("the i_rwsem", "inode_operations", "setattr")
    assert decisions(both % given, "caller-holds-lock") == [Decision.UNKNOWN]


HELPER = """
struct dentry {
        spinlock_t d_lock;
        struct dentry *d_parent;
};

/* Called with %s held. */
static int dig(struct dentry *lower)
{
        return 0;
}

static int drain(struct dentry *dentry)
{
        return dig(dentry);
}

static const struct %s pond_table = {
        .%s = drain,
};
"""


@pytest.mark.parametrize(
    ("lock", "struct", "member", "decided"),
    [
        ("the i_rwsem", "inode_operations", "setattr", Decision.UNKNOWN),
        ("lower->d_lock", "dentry_operations", "d_delete", Decision.AGREES),
        ("the RTNL mutex", "net_device_ops", "ndo_open", Decision.AGREES),
    ],
)
def test_a_helper_may_mean_the_lock_of_another_object(
    lock: str, struct: str, member: str, decided: Decision
) -> None:
    assert decisions(HELPER % (lock, struct, member), "caller-holds-lock") == [decided]


OWN = """
struct inode {
        struct rw_semaphore i_rwsem;
        int i_fish;
};

struct dentry {
        struct inode *d_inode;
};

/* Called with %s->i_rwsem held. */
static void stock(struct inode *inode)
{
        inode->i_fish++;
}

/* Called with %s->i_rwsem held. */
static int pond_create(struct inode *dir, struct dentry *child)
{
        struct inode *fresh = new_pond(dir);

        stock(%s);
        return 0;
}

static const struct inode_operations pond_table = {
        .create = pond_create,
};
"""


@pytest.mark.parametrize(
    ("said", "given", "below", "above"),
    [
        ("dir", "dir", Decision.AGREES, Decision.AGREES),
        ("the_inode", "dir", Decision.AGREES, Decision.AGREES),
        ("fresh", "fresh", Decision.UNKNOWN, Decision.UNKNOWN),
        ("child", "fresh", Decision.UNKNOWN, Decision.UNKNOWN),
    ],
)
def test_a_variable_of_its_own_is_not_what_a_table_hands_on(
    said: str, given: str, below: Decision, above: Decision
) -> None:
    told = decisions(OWN % ("inode", said, given), "caller-holds-lock")
    assert told == [below, above]


UART = """
struct uart_port {
        spinlock_t lock;
        struct uart_port *next;
};

/* %s held by caller. */
static void stop(struct uart_port *port)
{
        port->next = 0;
}

static const struct %s pond_pops = {
        .%s = stop,
};
"""


@pytest.mark.parametrize(
    ("words", "struct", "member", "decided"),
    [
        ("port->lock", "uart_ops", "stop_tx", Decision.AGREES),
        ("port->lock", "uart_ops", "shutdown", Decision.UNKNOWN),
        ("port->lock", "pond_ops", "stop_tx", Decision.UNKNOWN),
        ("port->next->lock", "uart_ops", "stop_tx", Decision.UNKNOWN),
    ],
)
def test_serial_ports_are_handed_on_locked(
    words: str, struct: str, member: str, decided: Decision
) -> None:
    assert decisions(UART % (words, struct, member), "caller-holds-lock") == [decided]


REGISTERED = """
/* Called with RTNL held. */
static int drain(struct net *net)
{
        return 0;
}

%s

static int __init pond_begin(void)
{
        %s
        return 0;
}
"""
NOTIFIER = "static struct notifier_block pond_nb = {\n        .notifier_call = drain,\n};\n"


@pytest.mark.parametrize(
    ("table", "call", "decided"),
    [
        ("", "rtnl_register(PF_POND, RTM_SETLINK, drain, NULL, 0);", Decision.AGREES),
        (
            "",
            "rtnl_register_module(THIS_MODULE, PF_POND, RTM_SETLINK,\n"
            "                             drain, NULL, RTNL_FLAG_BULK_DEL_SUPPORTED);",
            Decision.AGREES,
        ),
        (
            "",
            "rtnl_register(PF_POND, RTM_SETLINK, drain, NULL,\n"
            "                      RTNL_FLAG_DOIT_UNLOCKED);",
            Decision.UNKNOWN,
        ),
        ("", "rtnl_register(PF_POND, RTM_SETLINK, drain, NULL, flags);", Decision.UNKNOWN),
        ("", "rtnl_register(PF_POND, RTM_SETLINK, NULL, drain, 0);", Decision.UNKNOWN),
        (NOTIFIER, "register_netdevice_notifier(&pond_nb);", Decision.AGREES),
        (NOTIFIER, "register_inetaddr_notifier(&pond_nb);", Decision.UNKNOWN),
        (
            NOTIFIER,
            "register_netdevice_notifier(&pond_nb);\n        register_reboot_notifier(&pond_nb);",
            Decision.UNKNOWN,
        ),
        (NOTIFIER, "", Decision.UNKNOWN),
        (
            NOTIFIER.replace("static ", "", 1),
            "register_netdevice_notifier(&pond_nb);",
            Decision.UNKNOWN,
        ),
        (
            NOTIFIER + NOTIFIER.replace("pond_nb", "other_nb"),
            "register_netdevice_notifier(&pond_nb);\n        register_pm_notifier(&other_nb);",
            Decision.UNKNOWN,
        ),
    ],
)
def test_what_a_function_is_registered_with(table: str, call: str, decided: Decision) -> None:
    assert decisions(REGISTERED % (table, call), "caller-holds-lock") == [decided]
