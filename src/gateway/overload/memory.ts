// How full the memory of this process is, as V8 sees it.
import { getHeapStatistics } from 'node:v8'

/**
 * Heap and buffers together, as a share of the heap limit. V8 limits the heap alone, but bodies are buffers: a process that was
 * given 512 MiB for its heap has hardly gigabytes for what lies beside it.
 */
export function readMemoryRatio(): number {
  const { used_heap_size: heap, external_memory: buffers, heap_size_limit: limit } = getHeapStatistics()
  return (heap + buffers) / limit
}
