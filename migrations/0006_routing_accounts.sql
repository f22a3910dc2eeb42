CREATE TABLE `quota_sample` (
	`id` integer PRIMARY KEY NOT NULL,
	`upstream_id` text NOT NULL,
	`meter` text NOT NULL,
	`minutes` integer NOT NULL,
	`at` integer NOT NULL,
	`used_percent` real NOT NULL,
	`resets_at` integer,
	FOREIGN KEY (`upstream_id`) REFERENCES `upstream`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `quota_sample_window` ON `quota_sample` (`upstream_id`,`meter`,`minutes`,`at`);--> statement-breakpoint
ALTER TABLE `pool` ADD `routing` text;--> statement-breakpoint
ALTER TABLE `request` ADD `plan` text;--> statement-breakpoint
ALTER TABLE `upstream` ADD `account` text;--> statement-breakpoint
ALTER TABLE `upstream` ADD `max_concurrent` integer;