// The real programs that tests and benchmarks run beside the gateway, one entry each. To use another: add it here.
// Only data; scripts/install-components.ts finds and installs them, test/support/component.ts skips without them.

/**
 * @typedef {object} Component
 * @property {string} name as tests ask for it
 * @property {string} binary the program that must be found
 * @property {string} aptPackage where Debian has it
 * @property {'test' | 'bench'} neededBy which command installs it
 * @property {string} why what is not proven without it
 */

/** @type {readonly Component[]} */
export const COMPONENTS = [
  {
    name: 'prometheus',
    binary: 'prometheus',
    aptPackage: 'prometheus',
    neededBy: 'test',
    why: 'a real Prometheus scrapes the metrics page and answers the documented queries',
  },
  {
    name: 'alertmanager',
    binary: 'prometheus-alertmanager',
    aptPackage: 'prometheus-alertmanager',
    neededBy: 'test',
    why: 'a real Alertmanager takes, resolves and passes on alerts',
  },
  {
    name: 'node-exporter',
    binary: 'prometheus-node-exporter',
    aptPackage: 'prometheus-node-exporter',
    neededBy: 'test',
    why: 'dashboards ask a real exporter about a machine',
  },
  {
    name: 'openssl',
    binary: 'openssl',
    aptPackage: 'openssl',
    neededBy: 'test',
    why: 'signatures of messages are computed a second time by somebody else, and mail is sent over TLS',
  },
  {
    name: 'redis',
    binary: 'redis-server',
    aptPackage: 'redis-server',
    neededBy: 'test',
    why: 'limits hold over several gateways that share a real Redis',
  },
  {
    name: 'postgres',
    binary: 'postgres',
    aptPackage: 'postgresql',
    neededBy: 'test',
    why: 'records are kept in a real PostgreSQL that several gateways share',
  },
  {
    name: 'nginx',
    binary: 'nginx',
    aptPackage: 'nginx-light',
    neededBy: 'test',
    why: 'streams and cancellation pass a real nginx, and the benchmark compares with it',
  },
  {
    name: 'caddy',
    binary: 'caddy',
    aptPackage: 'caddy',
    neededBy: 'test',
    why: 'streams and cancellation pass a real Caddy',
  },
  {
    name: 'docker-compose',
    binary: 'docker-compose',
    aptPackage: 'docker-compose',
    neededBy: 'test',
    why: 'the compose file of a stack is read by a real Compose, without an engine',
  },
  {
    name: 'systemd-analyze',
    binary: 'systemd-analyze',
    aptPackage: 'systemd',
    neededBy: 'test',
    why: 'the unit of the gateway is read, and its hardening judged, by systemd itself',
  },
  {
    name: 'slowhttptest',
    binary: 'slowhttptest',
    aptPackage: 'slowhttptest',
    neededBy: 'test',
    why: 'the listener keeps answering while slow connections pile up',
  },
  {
    name: 'faketime',
    binary: 'faketime',
    aptPackage: 'faketime',
    neededBy: 'test',
    why: 'a whole process is moved an hour back and forth while it serves',
  },
]
