CREATE TABLE `reset_use` (
	`id` text PRIMARY KEY NOT NULL,
	`upstream_id` text NOT NULL,
	`reset_id` text NOT NULL,
	`at` integer NOT NULL,
	`state` text NOT NULL,
	`reason` text,
	FOREIGN KEY (`upstream_id`) REFERENCES `upstream`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `reset_use_upstream` ON `reset_use` (`upstream_id`,`at`);--> statement-breakpoint
ALTER TABLE `pool` ADD `hidden_models` text;--> statement-breakpoint
ALTER TABLE `pool` ADD `serving_modes` text;--> statement-breakpoint
ALTER TABLE `upstream` ADD `model_facts` text;