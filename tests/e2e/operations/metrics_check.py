# SPDX-License-Identifier: Apache-2.0
"""Reads figures with Prometheus' own parser: metrics_check.py FILE."""
import sys

from prometheus_client.parser import text_string_to_metric_families

passed = failed = 0
families = {f.name: f for f in text_string_to_metric_families(open(sys.argv[1], encoding="utf-8").read())}


def check(holds, what):
    global passed, failed
    passed, failed = passed + bool(holds), failed + (not holds)
    if not holds:
        print("FAILED:", what)


def value(name, **labels):
    for family in families.values():
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    return None


TYPES = {"tento_sync_runs": "counter", "tento_sync_duration_seconds": "histogram", "tento_cells_written": "counter",
         "tento_queue_depth": "gauge", "tento_accounts": "gauge", "tento_plugin_calls": "counter",
         "tento_store_write_seconds": "histogram", "tento_rate_limit_wait_seconds": "histogram",
         "tento_build_info": "gauge", "process_cpu_seconds": "counter", "process_resident_memory_bytes": "gauge"}
for name, kind in TYPES.items():
    check(name in families and families[name].type == kind and families[name].documentation, f"{name} is a {kind}")
check(value("tento_sync_runs_total", provider="sample", status="ok") == 2, "both stages are counted")
check(value("tento_sync_duration_seconds_count", provider="sample") == 2, "both are measured")
check(value("tento_cells_written_total", provider="sample", change="added") == 5, "cells of the sync and of the write")
check(value("tento_queue_depth", **{"class": "viewport"}) == 0, "nothing waits")
check(value("tento_accounts", provider="sample", state="active") == 1, "one account")
check(value("tento_plugin_calls_total", provider="sample", outcome="failed") == 1, "the call that was refused")
check((value("tento_plugin_calls_total", provider="sample", outcome="ok") or 0) >= 4, "the calls that went well")
check((value("tento_store_write_seconds_count") or 0) > 3, "writes are measured")
check(value("tento_build_info", version="9.9.9") == 1, "the version")
few = {"provider", "status", "change", "class", "state", "outcome", "code", "operation", "version", "le"}
for family in families.values():
    for sample in family.samples:
        check(set(sample.labels) <= few, f"the labels of {sample}")
        check(not any(":~" in text for text in sample.labels.values()), f"no key in {sample}")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
