import { counter, gauge, histogram } from '#libs/metrics';
import type { Measure } from '../host.js';

const FAST = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];

/** Counts and times into the registry behind /metrics. */
export function prometheusMeasure(): Measure {
  const steps = histogram({
    name: 'vman_operator_step_seconds',
    help: 'How long each step took.',
    labelNames: ['step', 'outcome'],
    buckets: FAST,
  });
  const launches = histogram({
    name: 'vman_operator_launch_seconds',
    help: 'From the spawn of QEMU to its durable record and connected monitor.',
    buckets: FAST,
  });
  const exits = counter({
    name: 'vman_operator_exits_total',
    help: 'Ends of QEMU processes by reason.',
    labelNames: ['reason'],
  });
  const dropped = counter({
    name: 'vman_operator_dropped_total',
    help: 'Messages without effect, by why.',
    labelNames: ['why'],
  });
  const images = gauge({
    name: 'vman_operator_image_cache_images',
    help: 'Images in the cache of this host.',
  });
  const imageBytes = gauge({
    name: 'vman_operator_image_cache_bytes',
    help: 'Bytes of the images in the cache.',
  });
  const qmp = histogram({
    name: 'vman_qmp_command_seconds',
    help: 'From a command to a monitor of QEMU to its answer, by command and how it was answered.',
    labelNames: ['command', 'outcome'],
    buckets: FAST,
  });
  const heartbeats = counter({ name: 'vman_operator_heartbeats_total', help: 'Heartbeats that were sent.' });
  return {
    qmp: (command, outcome, seconds) => qmp.observe({ command, outcome }, seconds),
    heartbeat: () => heartbeats.inc(),
    step: (step, outcome, seconds) => steps.observe({ step, outcome }, seconds),
    launch: (seconds) => launches.observe(seconds),
    exit: (reason) => exits.inc({ reason }),
    dropped: (why) => dropped.inc({ why }),
    imageCache: (count, bytes) => {
      images.set(count);
      imageBytes.set(bytes);
    },
  };
}
