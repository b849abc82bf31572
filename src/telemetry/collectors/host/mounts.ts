// The list of mounts that Linux shows a process, read, and which of them are worth a look. Pure.

export interface Mount {
  /** Major and minor number: the same for everything that shows one file system. */
  readonly device: string
  /** Which folder of that file system is shown. */
  readonly root: string
  readonly point: string
  readonly kind: string
  readonly options: string
}

/** /proc/self/mountinfo: proc_pid_mountinfo(5). */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , device = '', root = '', point = ''] = before.split(' ')
    const [kind = '', , options = ''] = after.split(' ')
    return point === '' || kind === ''
      ? []
      : [{ device, root: unescape(root), point: unescape(point), kind, options }]
  })
}

/** Blanks, tabs, line breaks and backslashes stand there as three octal digits. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
}

/** File systems on disks of this machine: asking those of a network may never return. */
const LOCAL_KINDS: ReadonlySet<string> = new Set([
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'bcachefs', 'jfs', 'ntfs3', 'apfs'],
])

/** In all, that of the data folder and `/` included. */
export const MOST_DISKS = 8

const ROOT = '/'

/** The mount that a folder is on: the longest that its path begins with, and of several the last. */
export function mountOf(folder: string, mounts: readonly Mount[]): Mount | undefined {
  return mounts
    .filter(({ point }) => isWithin(folder, point))
    .reduce<Mount | undefined>(
      (best, each) => (best !== undefined && best.point.length > each.point.length ? best : each),
      undefined,
    )
}

function isWithin(folder: string, point: string): boolean {
  return folder === point || folder.startsWith(point === ROOT ? ROOT : `${point}/`)
}

/** The mount of the data folder, that of `/`, then whole local file systems, each once. */
export function chooseDisks(dataFolder: string, mounts: readonly Mount[]): readonly string[] {
  const firsts = [mountOf(dataFolder, mounts), mountOf(ROOT, mounts)].filter((mount) => mount !== undefined)
  const others = mounts
    .filter(({ kind, root }) => LOCAL_KINDS.has(kind) && root === ROOT)
    .toSorted((a, b) => a.point.length - b.point.length || (a.point < b.point ? -1 : 1))
  const chosen = new Map<string, string>()
  for (const { device, point } of [...firsts, ...others]) {
    if (chosen.size >= MOST_DISKS) break
    const isFirst = firsts.some((mount) => mount.point === point)
    // A folder of a disk that is shown somewhere else again is no other disk; `/` and the data folder are shown all the same.
    if (![...chosen.values()].includes(device) || isFirst) chosen.set(point, device)
  }
  // Where there is no such list, the data folder stands for the machine.
  return chosen.size === 0 ? [ROOT] : [...chosen.keys()]
}
