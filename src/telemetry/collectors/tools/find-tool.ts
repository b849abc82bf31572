// Looks for a program as a shell would, without starting one: most machines have none of the tools that are looked for.
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import path from 'node:path'

/** Where makers of GPUs put their tools without a word to PATH: WSL, and ROCm. */
const USUAL_FOLDERS = ['/usr/lib/wsl/lib', '/opt/rocm/bin']

export type FindTool = (name: string) => Promise<string | undefined>

/** `searchPath`: as in the environment variable PATH, read anew each time, for people install tools. */
export function createToolFinder(searchPath: () => string | undefined): FindTool {
  return async (name) => {
    const folders = (searchPath() ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder))
    for (const folder of [...folders, ...USUAL_FOLDERS]) {
      const file = path.join(folder, name)
      if (await isProgram(file)) return file
    }
    return undefined
  }
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    return false
  }
}
