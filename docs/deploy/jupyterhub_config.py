"""A JupyterHub for one machine and one course. README.md beside it says how to use it and what was tried."""

import sys
from pathlib import Path

c = get_config()  # noqa: F821  JupyterHub defines it

# Where things are. Change these five to suit your machine.
COURSE = Path("/srv/mobiviz-course")  # read-only for students: data sets, photos, what else you hand out
ADDRESS = "http://127.0.0.1:8000"  # a web server in front of it speaks TLS to the outside
STUDENTS, TEACHERS = {"students"}, {"teachers"}  # Unix groups of this machine
AT_ONCE = 8  # servers; docs/deploy/README.md has the table that this comes from

c.JupyterHub.bind_url = ADDRESS
c.JupyterHub.spawner_class = "systemd"
c.JupyterHub.active_server_limit = AT_ONCE

# Log-in: the accounts of this machine. Any other Authenticator can take its place.
c.JupyterHub.authenticator_class = "pam"
c.LocalAuthenticator.allowed_groups = STUDENTS | TEACHERS
c.PAMAuthenticator.admin_groups = TEACHERS

# What a student may take. Past the memory a kernel is ended; past the cores it has to wait.
c.SystemdSpawner.mem_limit = "4G"
c.SystemdSpawner.cpu_limit = 1.0
c.SystemdSpawner.isolate_tmp = True
c.SystemdSpawner.isolate_devices = True
c.SystemdSpawner.disable_user_sudo = True
c.SystemdSpawner.readonly_paths = [str(COURSE), sys.prefix]
c.SystemdSpawner.unit_extra_properties = {
    "BindReadOnlyPaths": f"{COURSE}:/home/{{USERNAME}}/course",  # where JupyterLab's file browser shows it
    "MemorySwapMax": "0",
    "TasksMax": "256",
}

# A student's server: JupyterLab from the environment that runs the hub.
c.Spawner.cmd = [str(Path(sys.prefix) / "bin/jupyterhub-singleuser")]
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120
c.Spawner.environment = {
    "OMP_NUM_THREADS": "1",  # torch would take a thread for each core of the machine, whatever the limit
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
c.Spawner.args = [
    # A kernel that nobody looks at gives its memory back; one with an open page is left alone.
    "--MappingKernelManager.cull_idle_timeout=3600",
    "--MappingKernelManager.cull_interval=300",
]

# A server that was idle for an hour is stopped; its files stay.
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=3600", "--cull-every=300"],
    }
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
]
