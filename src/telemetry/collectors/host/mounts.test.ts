import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseDisks, mountOf, parseMounts } from './mounts.ts'

const MACHINE = `23 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
24 23 0:5 / /dev rw,nosuid - devtmpfs udev rw
25 23 0:22 / /proc rw - proc proc rw
26 23 0:24 / /run rw - tmpfs tmpfs rw
27 23 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro
28 23 8:1 / /boot/efi rw - vfat /dev/sda1 rw
29 23 8:17 / /var/lib/models rw shared:2 - xfs /dev/sdb1 rw
30 23 8:17 /ollama /srv/models rw - xfs /dev/sdb1 rw
31 23 0:40 / /mnt/share rw - nfs4 host:/x rw
32 23 8:33 / /mnt/with\\040blank rw master:3 propagate_from:2 - ext4 /dev/sdc1 rw
`

test('whole local file systems are chosen, each once', () => {
  const mounts = parseMounts(MACHINE)
  assert.equal(mounts.length, 10)
  assert.deepEqual(chooseDisks('/opt/weir', mounts), ['/', '/mnt/with blank', '/var/lib/models'])
})

test('the data folder is looked at wherever it is, on a network or in a part of a disk', () => {
  const mounts = parseMounts(MACHINE)
  assert.equal(chooseDisks('/mnt/share/weir', mounts)[0], '/mnt/share')
  assert.deepEqual(chooseDisks('/srv/models/weir', mounts).slice(0, 2), ['/srv/models', '/'])
  assert.equal(mountOf('/mnt/shared', mounts)?.point, '/')
})

test('in a container its root and its volumes are looked at, and no single file', () => {
  const container = `600 500 0:120 / / rw - overlay overlay rw,lowerdir=/a
601 600 259:3 /var/lib/docker/volumes/data/_data /data rw - ext4 /dev/nvme0n1p3 rw
602 600 259:3 /var/lib/docker/containers/c/hosts /etc/hosts rw - ext4 /dev/nvme0n1p3 rw
`
  assert.deepEqual(chooseDisks('/data', parseMounts(container)), ['/data', '/'])
  assert.deepEqual(chooseDisks('/srv', parseMounts(container)), ['/'])
})

test('a mount over another counts, and their number has an end', () => {
  const over = parseMounts(
    '1 0 8:1 / / rw - ext4 a rw\n2 1 8:2 / /data rw - ext4 b rw\n3 2 8:3 / /data rw - xfs c rw\n',
  )
  assert.equal(mountOf('/data/x', over)?.device, '8:3')
  const many = Array.from({ length: 50 }, (_, at) => `${at} 1 9:${at} / /disk${at} rw - ext4 d rw`).join('\n')
  const chosen = chooseDisks('/disk49', parseMounts(`${MACHINE}${many}`))
  assert.equal(chosen.length, 8)
  assert.deepEqual(chosen.slice(0, 2), ['/disk49', '/'])
})

test('where mounts are not told of, the root stands for the machine', () => {
  assert.deepEqual(chooseDisks('/anywhere', parseMounts('')), ['/'])
  assert.deepEqual(parseMounts('nonsense\n1 2 - 3\n - \n'), [])
})
