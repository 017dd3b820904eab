import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { type ImageGrant, type ImageRequest, subjects } from '#libs/contracts';
import { GrantImage } from './grant-image.usecase.js';

@Controller()
export class ImagesConsumer {
  constructor(@Inject(GrantImage) private readonly grantImage: GrantImage) {}

  @MessagePattern<string>(subjects.intelRpc('image'), Transport.NATS)
  async onImageRequest(@Payload() request: ImageRequest): Promise<ImageGrant> {
    return this.grantImage.execute(request);
  }
}
