"""Headers that talk to devices only, and those that let time go by."""

from __future__ import annotations

import pytest

from reviewer.kernel.devices import is_device_header, is_time_header


@pytest.mark.parametrize(
    "path",
    [
        *(f"include/linux/{name}.h" for name in (
            "io", "io-64-nonatomic-lo-hi", "iopoll", "regmap", "clk", "reset", "gpio", "pwm", "i2c",
            "mdio", "w1", "gpio/consumer", "regulator/consumer", "pinctrl/consumer", "phy/phy",
            "spi/spi",
        )),
        *("include/asm-generic/io.h", "include/asm-generic/iomap.h", "drivers/pci/access.c"),
        *("arch/arm64/include/asm/io.h", "arch/alpha/include/asm/io_trivial.h"),
    ],
)  # fmt: skip
def test_headers_of_accessors(path: str) -> None:
    assert is_device_header(path)
    assert not is_time_header(path)


@pytest.mark.parametrize(
    "path", ["include/linux/delay.h", "include/asm-generic/delay.h", "arch/x86/include/asm/delay.h"]
)
def test_headers_of_delays(path: str) -> None:
    assert is_time_header(path)
    assert not is_device_header(path)


@pytest.mark.parametrize(
    "path",
    [
        *("include/linux/pci.h", "include/linux/io_uring.h", "drivers/base/regmap/regmap.c"),
        *("include/linux/mutex.h", "include/linux/phy.h", "tools/include/linux/delay.h"),
        *("arch/x86/kernel/delay.h", "x/include/linux/clk.h", "include/linux/clk.hx"),
    ],
)
def test_what_is_neither(path: str) -> None:
    assert not is_device_header(path)
    assert not is_time_header(path)
