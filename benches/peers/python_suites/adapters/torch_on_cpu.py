"""PyTorch's tests on the CPU, also those of a copy that is for other devices only. For the control as well."""

from __future__ import annotations

from typing import Any

import torch.testing._internal.common_device_type as devices


def install() -> None:
    theirs = devices.instantiate_device_type_tests

    def on_cpu(tests: Any, scope: Any, **kwargs: Any) -> None:
        kwargs.pop("except_for", None)
        theirs(tests, scope, **(kwargs | {"only_for": "cpu"}))

    devices.instantiate_device_type_tests = on_cpu
