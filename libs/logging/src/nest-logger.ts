import { Injectable } from '@nestjs/common';
import { Logger } from 'nestjs-pino';

/** What Nest says of each module and route at each start; intel has more than a hundred of them. */
const CHATTER = new Set<unknown>(['InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/** Nest's own lines, those of its parts as details. */
@Injectable()
export class NestLogger extends Logger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (CHATTER.has(rest.at(-1))) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
