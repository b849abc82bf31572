#!/usr/bin/env node
// The entry of the process: argv in, exit code out.
import process from 'node:process'
import { run } from './cli/run.ts'
import { createSystemWorld } from './cli/system.ts'

process.exitCode = await run(process.argv.slice(2), createSystemWorld())
