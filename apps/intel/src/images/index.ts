export { makeTicket, ticketIsGood, uploadSubject } from './ticket.js';
export { TicketKey } from './ticket-key.js';
