// Looks for a program as a shell would, without starting one: most machines have none of the tools that are looked for.
import { constants, existsSync } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import path from 'node:path'

/** Where makers of GPUs put their tools without a word to PATH: WSL, and ROCm. */
const USUAL_FOLDERS = ['/usr/lib/wsl/lib', '/opt/rocm/bin']

export type FindTool = (name: string) => Promise<string | undefined>

/** Whether one of these is there now. Waits for the disk: for the start of the program. */
export function hasTool(names: readonly string[], searchPath: string | undefined): boolean {
  return names.some((name) => foldersOf(searchPath).some((folder) => existsSync(path.join(folder, name))))
}

function foldersOf(searchPath: string | undefined): readonly string[] {
  const folders = (searchPath ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder))
  return [...folders, ...USUAL_FOLDERS]
}

/** `searchPath`: as in the environment variable PATH, read anew each time, for people install tools. */
export function createToolFinder(searchPath: () => string | undefined): FindTool {
  return async (name) => {
    for (const folder of foldersOf(searchPath())) {
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
