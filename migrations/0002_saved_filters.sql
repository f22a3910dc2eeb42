CREATE TABLE `saved_filter` (
	`id` text PRIMARY KEY NOT NULL,
	`page` text NOT NULL,
	`name` text NOT NULL,
	`filter` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `saved_filter_page` ON `saved_filter` (`page`);--> statement-breakpoint
CREATE INDEX `request_troubled` ON `request` (`id`) WHERE error_code is not null;