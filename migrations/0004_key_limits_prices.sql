CREATE TABLE `price` (
	`id` text PRIMARY KEY NOT NULL,
	`model` text NOT NULL,
	`upstream_id` text,
	`rates` text,
	`source` text NOT NULL,
	`note` text NOT NULL,
	`from` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `price_model` ON `price` (`model`,`from`);--> statement-breakpoint
CREATE TABLE `usage_day` (
	`key_id` text NOT NULL,
	`rule` text NOT NULL,
	`day` text NOT NULL,
	`requests` integer NOT NULL,
	`tokens` integer NOT NULL,
	`cost_nanos` integer NOT NULL,
	PRIMARY KEY(`key_id`, `rule`, `day`)
);
--> statement-breakpoint
ALTER TABLE `api_key` ADD `limits` text;--> statement-breakpoint
ALTER TABLE `api_key` ADD `limit_overrides` text;--> statement-breakpoint
ALTER TABLE `api_key` ADD `unpriced` text;--> statement-breakpoint
ALTER TABLE `api_key` ADD `previous_hash` blob;--> statement-breakpoint
ALTER TABLE `api_key` ADD `previous_until` integer;--> statement-breakpoint
ALTER TABLE `api_key` ADD `previous_used_at` integer;--> statement-breakpoint
ALTER TABLE `request` ADD `reserved_cost_nanos` integer;--> statement-breakpoint
ALTER TABLE `request` ADD `limit_rule` text;