//! The ids of things that more than one module names. All are UUIDv7, made by [`crate::base::clock::new_id`], except
//! those of accounts, which seal what the account is (`ledger::chain`).

use uuid::Uuid;

use crate::base::db;
use crate::base::db::types::id;

id!(/** A hub. */ HubId);
id!(/** A school of a hub. */ SchoolId);
id!(/** A person of a hub. */ PersonId);
id!(/** A key by which a program calls. */ ApiKeyId);
id!(/** An address by which somebody signs in to every hub that they belong to. */ LoginId);
id!(/** From a sign-in to its end. */ LoginSessionId);
id!(/** A partner organisation of a hub. */ PartnerId);
id!(/** A priority of the Hub Action Plan. */ PriorityId);
id!(/** An account of the ledger. */ AccountId);
id!(/** A transaction of the ledger. */ TransactionId);
id!(/** An allocation of credits. */ AllocationId);
id!(/** A programme of the catalogue. */ ProgrammeId);
id!(/** An event: a dated run of a programme. */ EventId);
id!(/** One dated meeting of an event. */ SessionId);
id!(/** Something that a school or partner can do for others. */ OfferId);
id!(/** What a school and the provider of an offer write to each other. */ ConversationId);
id!(/** A message of a conversation. */ MessageId);
id!(/** A commission of support from a school or partner. */ CommissionId);
id!(/** What a provider would do in a commission. */ QuoteId);
id!(/** A question or an answer about a commission. */ QuestionId);
id!(/** The record of a day of support. */ VisitId);
id!(/** What a transaction came from: an allocation, a booking, …. */ SourceId);
id!(/** One delegate's place on one event. */ BookingId);
id!(/** A time for which somebody decides in the place of a school's lead. */ DeputyId);
id!(/** Something that a person was told. */ NoticeId);
id!(/** A message of the hub to delegates or leads. */ AnnouncementId);
id!(/** A letter of the outbox. */ LetterId);
id!(/** An issue of the newsletter. */ NewsletterId);
id!(/** Whom the newsletter goes to outside the hub. */ ContactId);
id!(/** Where the changes of a hub are sent. */ WebhookId);
id!(/** A change that is sent to a webhook. */ DeliveryId);
id!(/** Credits sold to a school. */ TopUpId);
id!(/** Credits given from school to school. */ TransferId);
id!(/** A correction by hand. */ AdjustmentId);
id!(/** A statement of what a partner has earned. */ SettlementId);
id!(/** A payment of a settlement statement. */ PaymentId);
id!(/** A type of ticket. */ TicketTypeId);
id!(/** A named free place that the hub pays for. */ TicketId);
id!(/** What somebody looks for in the catalogue. */ SavedFilterId);
id!(/** A school taking the place of another. */ SuccessionId);
id!(/** A close of an academic year. */ YearCloseId);

impl db::Hub for HubId {
    fn id(&self) -> Uuid {
        self.0
    }
}
