DROP INDEX `api_key_pool`;--> statement-breakpoint
ALTER TABLE `api_key` ADD `owner` text;--> statement-breakpoint
CREATE UNIQUE INDEX `api_key_pool_name` ON `api_key` (`pool_id`,lower("name"));--> statement-breakpoint
ALTER TABLE `pool` ADD `aliases` text;--> statement-breakpoint
ALTER TABLE `pool` ADD `allowed_models` text;