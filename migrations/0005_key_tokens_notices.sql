CREATE TABLE `ephemeral_token` (
	`id` text PRIMARY KEY NOT NULL,
	`key_id` text NOT NULL,
	`public_id` text NOT NULL,
	`secret_hash` blob NOT NULL,
	`name` text NOT NULL,
	`made_by` text NOT NULL,
	`model_policy` text,
	`limits` text,
	`ip_allowlist` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`revoked_at` integer,
	`last_used_at` integer,
	FOREIGN KEY (`key_id`) REFERENCES `api_key`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `ephemeral_token_public_id` ON `ephemeral_token` (`public_id`);--> statement-breakpoint
CREATE INDEX `ephemeral_token_key` ON `ephemeral_token` (`key_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `ephemeral_token_expiry` ON `ephemeral_token` (`expires_at`);--> statement-breakpoint
CREATE TABLE `notice` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`level` text NOT NULL,
	`subject_kind` text NOT NULL,
	`subject_id` text NOT NULL,
	`subject_name` text NOT NULL,
	`budget` text,
	`once` text NOT NULL,
	`read_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `notice_once` ON `notice` (`once`);--> statement-breakpoint
CREATE INDEX `notice_subject` ON `notice` (`subject_id`,`id`);--> statement-breakpoint
CREATE INDEX `notice_unread` ON `notice` (`id`) WHERE read_at is null;--> statement-breakpoint
ALTER TABLE `api_key` ADD `adjustments` text;--> statement-breakpoint
ALTER TABLE `api_key` ADD `alert_thresholds` text;--> statement-breakpoint
ALTER TABLE `api_key` ADD `can_make_tokens` integer;--> statement-breakpoint
ALTER TABLE `request` ADD `token_id` text;