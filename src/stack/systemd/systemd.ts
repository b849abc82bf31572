// The unit by which systemd runs the gateway on a machine: what it may touch, how it stops, where its secrets come from.
import type { StackFile, StackInput } from '../stack.ts'

const MS_PER_SECOND = 1_000
/** What is still written after the last stream takes four seconds at most. */
const SPARE_STOP_SECONDS = 15
/** A connection of a caller and one to a backend for each request, and room for files. */
const FILES_PER_CONNECTION = 2
const SPARE_FILES = 4_096
const STATE_FOLDER = '/var/lib/weir'
/** Below this port only root may listen, unless a capability says otherwise. */
const FIRST_FREE_PORT = 1_024

export function renderSystemd(input: StackInput): readonly StackFile[] {
  return input.target === 'files' ? [{ path: 'systemd/weir.service', text: toUnit(input) }] : []
}

const HEADER = `# The gateway as a service of systemd. Weir is expected in /opt/weir (a checkout after \`npm run build\`, or an unpacked release),
# Node 24 or newer at /usr/bin/node, and your weir.yaml in /etc/weir.
#
#   useradd --system --home-dir ${STATE_FOLDER} --shell /usr/sbin/nologin weir
#   install -d -m 750 -g weir /etc/weir
#   install -m 640 -g weir weir.yaml /etc/weir/
#   cp weir.service /etc/systemd/system/ && systemctl daemon-reload && systemctl enable --now weir
#   sudo -u weir node /opt/weir/dist/main.js keys create --name me --data-dir ${STATE_FOLDER}

`

/** GPUs are read by a program that opens their devices, so those stay visible. */
const HARDENING = `ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# GPUs are read by nvidia-smi or amd-smi, which open these; PrivateDevices=yes would hide them. AMD's belong to groups, too:
#SupplementaryGroups=render video
DevicePolicy=closed
DeviceAllow=char-nvidia-frontend rw
DeviceAllow=char-nvidia rw
DeviceAllow=char-nvidiactl rw
DeviceAllow=char-drm rw
DeviceAllow=char-kfd rw
`

function toUnit({ config }: StackInput): string {
  const { drain, maxConnections } = config.gateway.server
  const stopSeconds = Math.ceil(drain / MS_PER_SECOND) + SPARE_STOP_SECONDS
  const files = maxConnections * FILES_PER_CONNECTION + SPARE_FILES
  return `${HEADER}[Unit]
Description=Weir, an AI gateway
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
User=weir
Group=weir
ExecStart=/usr/bin/node /opt/weir/dist/main.js serve -c /etc/weir/weir.yaml --data-dir ${STATE_FOLDER} --log-format json
ExecReload=/bin/kill -HUP $MAINPID
WorkingDirectory=${STATE_FOLDER}

# For \${env:NAME} in weir.yaml; a file that root alone may read. Or, for \${file:/run/credentials/weir.service/NAME}:
#LoadCredential=NAME:/etc/weir/secrets/NAME
EnvironmentFile=-/etc/weir/weir.env

# SIGTERM: new requests are refused, streams may go on for as long as server.drain says.
KillSignal=SIGTERM
KillMode=mixed
TimeoutStopSec=${stopSeconds}
# Also where it ends with 2: that is a configuration that is refused, but a port or a data folder that is taken, too, which is
# free a moment later.
Restart=on-failure
RestartSec=5
LimitNOFILE=${files}
OOMPolicy=stop

StateDirectory=weir
StateDirectoryMode=0700
UMask=0077

# What it has no use for. MemoryDenyWriteExecute is missing on purpose: Node compiles to machine code while it runs.
NoNewPrivileges=yes
CapabilityBoundingSet=${toCapabilities(config)}
AmbientCapabilities=${toCapabilities(config)}
${HARDENING}
[Install]
WantedBy=multi-user.target
`
}

/** Nothing, unless a listener wants a port of the system. */
function toCapabilities({ gateway, telemetry }: StackInput['config']): string {
  const listeners = [gateway.listen, telemetry.metrics.listen]
  const isLow = listeners.some(
    (address) => address.kind === 'tcp' && address.port > 0 && address.port < FIRST_FREE_PORT,
  )
  return isLow ? 'CAP_NET_BIND_SERVICE' : ''
}
