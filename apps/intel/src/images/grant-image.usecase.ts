import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '#libs/clock';
import type { ImageGrant, ImageRequest } from '#libs/contracts';
import { INTEL_CONFIG, type IntelConfig } from '../intel.config.js';
import { ImageStore } from '../templates/index.js';
import { makeTicket, TICKET_MS } from './ticket.js';
import { TicketKey } from './ticket-key.js';

/** Tells a host where it can read an image, and gives it the ticket for that. */
@Injectable()
export class GrantImage {
  constructor(
    @Inject(INTEL_CONFIG) private readonly config: IntelConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(ImageStore) private readonly store: ImageStore,
    @Inject(TicketKey) private readonly ticketKey: TicketKey,
  ) {}

  async execute({ hostId, digest }: ImageRequest): Promise<ImageGrant> {
    if (!(await this.store.has(digest))) {
      const errorMessage = 'The image store does not hold this image.';
      return { url: '', ticket: '', expiresAtMs: 0, errorCode: 'image_missing', errorMessage };
    }
    const expiresAtMs = this.clock.now() + TICKET_MS;
    return {
      url: `${this.config.intelPublicUrl.replace(/\/$/, '')}/internal/images/${digest}`,
      ticket: makeTicket(await this.ticketKey.value(), digest, hostId, expiresAtMs),
      expiresAtMs,
      errorCode: '',
      errorMessage: '',
    };
  }
}
