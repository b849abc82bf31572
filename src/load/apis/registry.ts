// The list of APIs that can be loaded.
import type { ApiName } from '../plan.ts'
import { anthropic } from './anthropic.ts'
import type { Api } from './api.ts'
import { ollama } from './ollama.ts'
import { openai } from './openai.ts'

export const APIS: Readonly<Record<ApiName, Api>> = { openai, ollama, anthropic }
