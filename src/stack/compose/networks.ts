// Who may reach whom in the compose file. A service is on no network that it does not need.

/** `internal` networks have no way out of the machine. */
export const NETWORKS = {
  /** Published: the gateway and Grafana, nobody else. */
  front: {},
  /** Metrics, rules, dashboards and logs among themselves. */
  back: { internal: true },
  /** To the outside only: messages about alerts, and metrics of model servers that run elsewhere. */
  out: {},
  /** The gateway and the model servers; these fetch models from outside. */
  models: {},
  /** The gateway and its stores. */
  state: { internal: true },
  /** The shipper of the log and the guard in front of Docker. */
  docker: { internal: true },
} as const

export type Network = keyof typeof NETWORKS
