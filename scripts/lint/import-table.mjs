// Who may import whom, as data. What is not listed is forbidden; .dependency-cruiser.mjs makes the rules.
// ARCHITECTURE.md explains the table in prose; test/architecture holds that every folder of src has its row.

/**
 * A row: `may` lists what the folder may import besides itself, as path beginnings below src/ (a folder ends in a slash).
 * @typedef {object} ImportRow
 * @property {readonly string[]} may
 * @property {string} why shown with every violation
 */

/** @type {Readonly<Record<string, ImportRow>>} */
export const IMPORT_TABLE = {
  core: {
    may: [],
    why: 'core is the vocabulary everybody shares: what it imported, everybody would depend on.',
  },
  config: {
    may: ['core/', '*/config.ts'],
    why: 'config composes every subject’s own schema; knowing more of a subject would tie the file format to its code.',
  },
  access: {
    may: ['core/'],
    why: 'A subject can be read, tested and replaced alone; app introduces it to the others.',
  },
  guard: {
    may: ['core/'],
    why: 'A subject can be read, tested and replaced alone; app introduces it to the others.',
  },
  records: {
    // Files of the data folder are made in one way.
    may: ['core/', 'access/private-file.ts'],
    why: 'Stores read the record; who made it and who else reads it is not their business.',
  },
  alerting: {
    may: ['core/'],
    why: 'Alerting delivers events; it must not know what was measured to raise them.',
  },
  telemetry: {
    may: ['core/'],
    why: 'Telemetry reads the record and nothing else, or metrics and record could disagree.',
  },
  slo: {
    may: ['core/', 'telemetry/catalogue.ts'],
    why: 'Objectives are computed from records; of metrics they may only know the names, to write the same in PromQL.',
  },
  gateway: {
    may: ['core/', 'access/', 'guard/'],
    why:
      'The hot path knows nothing of who watches it: hand facts over in the RequestRecord and read them in a sink ' +
      '(src/app/sinks.ts).',
  },
  stack: {
    // slo/promql.ts is how a query is written, and knows no objective: rules and dashboards are to write it in one way.
    // config/print.ts prints a configuration as people write it, which the gateway of a stack reads.
    may: [
      'core/',
      'telemetry/catalogue.ts',
      'slo/rules.ts',
      'slo/promql.ts',
      'config/print.ts',
      'config/ (types)',
    ],
    why: 'Generated files are derived from the catalogue and the objectives, never from running code.',
  },
  admin: {
    may: [
      'core/',
      'access/read-port.ts',
      'slo/read-port.ts',
      'records/read-port.ts',
      'alerting/read-port.ts',
      'telemetry/read-port.ts',
    ],
    why: 'The admin API shows what others know: it reads through their read-port.ts and cannot reach their insides.',
  },
  doctor: {
    may: ['core/', 'config/', 'telemetry/catalogue.ts'],
    why: 'The doctor asks from outside, as an operator would; a look inside would find everything well.',
  },
  load: {
    may: ['core/'],
    why:
      'A load test stands where callers stand: sharing code with the gateway or with what judges its records, it would share ' +
      'their mistakes. What a configuration promises is handed to it.',
  },
  app: {
    may: [
      'core/',
      'config/',
      'access/',
      'guard/',
      'records/',
      'alerting/',
      'telemetry/',
      'slo/',
      'gateway/',
      'stack/',
      'admin/',
      'doctor/',
      'simulator/',
    ],
    why: 'app is the one place that constructs; it must not know by which command it was started.',
  },
  cli: {
    may: ['core/', 'access/', 'records/', 'app/', 'config/', 'stack/', 'doctor/', 'load/', 'simulator/'],
    why: 'A command translates words into a call of one of these; work that is worth testing belongs there, not in a command.',
  },
  simulator: {
    may: [],
    why: 'The simulator must stay a stranger: a mistake shared with the gateway would prove itself right.',
  },
}
