"""What of the kernel talks to a device and to nothing else, told by the file that declares it.

A header is the fact, not a name: what include/linux/regmap.h declares reads and writes registers,
whatever it is called. Headers that declare other things too (include/linux/pci.h has its own locks)
are left out.
"""

from __future__ import annotations

import re

_DEVICES = re.compile(
    r"(?:include/asm-generic|arch/\w+/include/asm)/(?:io|io_trivial|iomap)\.h"
    r"|include/linux/(?:io|io-64-nonatomic-[\w-]+|iopoll|regmap|clk|reset|gpio|pwm|i2c|mdio|w1)\.h"
    r"|include/linux/(?:gpio/consumer|regulator/consumer|pinctrl/consumer|phy/phy|spi/spi)\.h"
    r"|drivers/pci/access\.c"
)
"""Accessors of registers and of configuration space, and consumers of clocks, resets, pins,
supplies, phys and buses."""
_TIME = re.compile(r"(?:include/(?:linux|asm-generic)|arch/\w+/include/asm)/delay\.h")
"""Lets time go by, and keeps nobody out."""


def is_device_header(path: str) -> bool:
    """True for a header all of whose functions talk to a device."""
    return _DEVICES.fullmatch(path) is not None


def is_time_header(path: str) -> bool:
    """True for a header all of whose functions let time go by."""
    return _TIME.fullmatch(path) is not None
